// Runs every test file in a process of its own, two at a time; `node run.mjs journey` runs one.
// Each file is its own node:test run: the parent of `node --test` may hang on long reports (Node 20).
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";

const AT_ONCE = 2;
const FILE_LIMIT = 10 * 60_000;
const here = new URL(".", import.meta.url);
const wanted = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.startsWith(part)))
  .sort();
const failed = [];

function run(file) {
  const started = Date.now();
  const child = spawn(process.execPath, ["--test-reporter=spec", file], { cwd: here, stdio: ["ignore", "pipe", "pipe"] });
  const limit = setTimeout(() => child.kill("SIGTERM"), FILE_LIMIT);
  const parts = [];
  child.stdout.on("data", (part) => parts.push(part));
  child.stderr.on("data", (part) => parts.push(part));
  return new Promise((done) => child.once("close", (code) => {
    clearTimeout(limit);
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    console.log(`\n== ${file} (${seconds}s)\n${Buffer.concat(parts).toString("utf8")}`);
    if (code !== 0) failed.push(file);
    done();
  }));
}

async function worker() {
  for (let file = files.shift(); file; file = files.shift()) await run(file);
}

if (files.length === 0) failed.push(`nothing fits ${wanted.join(" ")}`);
await Promise.all(Array.from({ length: AT_ONCE }, worker));
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
