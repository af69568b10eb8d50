// SPDX-License-Identifier: GPL-3.0-or-later
// azread.cjs make|get CONNECTION CONTAINER [FOLDER]: makes a container, or reads all of it into a folder, with Azure's own SDK.
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
  for await (const blob of container.listBlobsFlat({ includeUncommitedBlobs: true })) {
    const target = path.join(folder, blob.name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    await container.getBlobClient(blob.name).downloadToFile(target);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
