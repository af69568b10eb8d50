# SPDX-License-Identifier: GPL-3.0-or-later
# Reads sorted lines `name n seconds MB/s peak-MB above-idle-MB stall-ms cpu-seconds [stall-cpu-ms]` and writes the table of README.md: of
# each name the median by seconds, and the greatest of peaks and stalls. Below it, what the figures are to reach.

{
  many[$1]++
  line[$1, many[$1]] = $0
  if ($5 + 0 > peak[$1]) peak[$1] = $5 + 0
  if ($6 + 0 > above[$1]) above[$1] = $6 + 0
  if ($7 + 0 > stall[$1]) stall[$1] = $7 + 0
  if ($9 + 0 > work[$1]) work[$1] = $9 + 0
}

END {
  for (name in many) {
    split(line[name, int((many[name] + 1) / 2)], f, " ")
    n[name] = f[2]; seconds[name] = f[3]; mb[name] = f[4]; cpu[name] = f[8]; rate[name] = f[2] / f[3]
  }

  print "| | records/s | MB/s | seconds | CPU seconds | peak memory | longest main-loop stall |"
  print "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
  row("pull", "Chartroom: fetch, split, hash, store with references")
  row("again", "Chartroom: the same again, nothing changed")
  row("curl", "`curl --parallel` fetching the same pages to nowhere")
  row("bare", "a prepared `INSERT` of the bodies alone")
  row("floor", "the floor")
  row("waits1", "200 ms a page, 1 request in flight")
  row("waits4", "200 ms a page, 4 requests in flight")
  row("waits16", "200 ms a page, 16 requests in flight")
  row("patients", "Chartroom: 200 patients at once")
  row("kit-pull", "fhir-kit-client reading them to nowhere")
  row("million-first", "Chartroom: the first 100,000 records of one patient")
  row("million", "Chartroom: all records of that patient")
  row("fat", "Chartroom: pages of 50 MB, four types at once")
  row("files", "Chartroom: NDJSON to a folder")
  row("loop", "a loop that reads, hashes and writes the same")
  row("zipped", "Chartroom: gzip to a folder")
  row("gzip", "`gzip -6` of the ready files, two at a time")
  row("s3", "Chartroom: NDJSON to Ceph's S3 gateway")
  row("s3cmd", "s3cmd, the files ready")
  row("rclone", "rclone, the files ready")
  row("fhir", "Chartroom: batches to Medplum's FHIR server")
  row("kit-send", "fhir-kit-client, the files ready")
  row("nine", "Chartroom: nine folders at once")
  row("ten", "Chartroom: the nine beside one that hangs")
  row("large", "Chartroom: a record of 24 MB to a folder")
  row("large-fhir", "Chartroom: a record of 24 MB to a FHIR server")
  row("large-s3", "Chartroom: a record of 24 MB to Ceph's S3 gateway")
  print ""

  ratio("pull", "floor", "A fresh pull against the floor", 0.6)
  ratio("pull", "bare", "A fresh pull against the bare INSERT", 0)
  ratio("pull", "curl", "A fresh pull against curl", 0)
  ratio("again", "floor", "A pull of what is unchanged against the floor", 5)
  ratio("waits4", "waits1", "4 requests in flight against 1", 3.8)
  ratio("waits16", "waits1", "16 requests in flight against 1", 15.2)
  if (many["kit-pull"] && many["patients"])
    say("CPU seconds of fhir-kit-client against ours", cpu["kit-pull"] / cpu["patients"], 5)
  if (many["million"] && many["million-first"])
    say("Cost of a record: the whole against the first 100,000", rate["million-first"] / rate["million"], -2)
  if (many["patients"] && many["pull"])
    say("Cost of a record: 200 patients at once against one patient", rate["pull"] / rate["patients"], -2)
  most(peak, "pull again patients waits16 million fat large-pull", "Peak memory of pulls, MB", 150)
  ratio("files", "loop", "NDJSON against the loop", 0.6)
  ratio("zipped", "gzip", "gzip against gzip -6", 1)
  ratio("s3", "s3cmd", "The S3 gateway against s3cmd", 1)
  ratio("s3", "rclone", "The S3 gateway against rclone", 1)
  ratio("fhir", "kit-send", "FHIR batches against fhir-kit-client", 1)
  if (many["pair-ten"]) {
    say("Chance that so many of " many["pair-ten"] " pairs of nine folders are slower beside one that hangs if it costs nothing", chance("pair-ten"), 0.05)
    printf "  seconds by those of the nine alone: %s; of the nine by themselves once more: %s, a chance of %.2f; CPU seconds %.2f\n",
      spread("pair-ten"), spread("pair-nine"), chance("pair-nine"), cpu["ten"] / cpu["nine"]
  }
  most(above, "files zipped s3 fhir large large-fhir large-s3", "Memory of an export above idle, MB", 64)
  most(stall, "pull again patients waits16 million fat large-pull files zipped s3 fhir nine ten large large-fhir large-s3",
       "Longest main-loop stall, ms", 16)
  most(work, "pull again patients waits16 million fat large-pull files zipped s3 fhir nine ten large large-fhir large-s3",
       "Longest work of the main loop in one iteration, ms of CPU", 16)
}

function row(name, words) {
  if (!many[name]) return
  printf "| %s | %s | %s | %.2f | %s | %s | %s |\n", words, grouped(rate[name]), (mb[name] > 0) ? grouped(mb[name]) : "",
    seconds[name], (cpu[name] > 0) ? sprintf("%.2f", cpu[name]) : "", (peak[name] > 0) ? sprintf("%.0f MB", peak[name]) : "",
    (stall[name] > 0) ? sprintf("%.1f ms", stall[name]) : ""
}

function grouped(value, text, tail) {
  if (value < 100) return sprintf("%.1f", value)
  text = sprintf("%.0f", value)
  tail = ""
  while (length(text) > 3) {
    tail = "," substr(text, length(text) - 2) tail
    text = substr(text, 1, length(text) - 3)
  }
  return text tail
}

function ratio(a, b, words, target) { if (many[a] && many[b]) say(words, rate[a] / rate[b], target) }

function most(values, names, words, limit, list, i, top, all) {
  split(names, list, " ")
  for (i = 1; i in list; i++)
    if (values[list[i]] > 0) {
      if (values[list[i]] > top) top = values[list[i]]
      all = all sprintf("%s%s %.0f", all == "" ? "" : ", ", list[i], values[list[i]])
    }
  if (top == 0) return
  say(words, top, -limit)
  print "  " all
}

# Sign test: of as many coins as there are pairs, at least as many heads as there are pairs above 1.
function chance(name, i, k, f, term, sum) {
  for (i = 1; i <= many[name]; i++) {
    split(line[name, i], f, " ")
    if (f[3] > 1) k++
  }
  term = 0.5 ^ many[name]
  for (i = 0; i <= many[name]; i++) {
    if (i >= k + 0) sum += term
    term = term * (many[name] - i) / (i + 1)
  }
  return sum
}

function spread(name, least, greatest) {
  split(line[name, 1], least, " ")
  split(line[name, many[name]], greatest, " ")
  return sprintf("median %.2f, from %.2f to %.2f", seconds[name], least[3], greatest[3])
}

# A target below 0 is one that must not be passed.
function say(words, value, target) {
  printf "%s: %.2f", words, value
  if (target > 0) printf " (at least %g: %s)", target, (value >= target) ? "met" : "NOT MET"
  if (target < 0) printf " (at most %g: %s)", -target, (value <= -target) ? "met" : "NOT MET"
  print ""
}
