// SPDX-License-Identifier: GPL-3.0-or-later
// azread.cjs make|get CONNECTION CONTAINER [FOLDER]: makes a container, or reads all of it into a folder, with Azure's own SDK. What has
// blocks only, which nobody can read, is named on the standard output, a line each.
const fs = require("fs");
const path = require("path");
const { BlobServiceClient } = require("@azure/storage-blob");

const [what, connection, name, folder] = process.argv.slice(2);
const container = BlobServiceClient.fromConnectionString(connection).getContainerClient(name);

async function main() {
  if (what === "make") {
    await container.createIfNotExists();
    return;
  }
  const whole = new Set();
  for await (const blob of container.listBlobsFlat()) {
    const target = path.join(folder, blob.name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    await container.getBlobClient(blob.name).downloadToFile(target);
    whole.add(blob.name);
  }
  for await (const blob of container.listBlobsFlat({ includeUncommitedBlobs: true })) {
    if (!whole.has(blob.name)) console.log(blob.name);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
