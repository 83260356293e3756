// Starts the demo market on free ports in a new folder, and stops it again.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const START_LIMIT = 120_000;
const STOP_LIMIT = 15_000;

function binary() {
  const path = resolve(process.env.YUNFANG_BIN ?? join(ROOT, "target/debug/yunfang"));
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build -p server`);
  return path;
}

const isFree = (port) => new Promise((done) => {
  const probe = createServer();
  probe.once("error", () => done(false));
  probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
});

/** The first of four free ports in a row: the market and its three sample sellers. */
async function freePorts() {
  for (let tries = 0; tries < 200; tries += 1) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([0, 1, 2, 3].map((n) => isFree(first + n)));
    if (free.every(Boolean)) return first;
  }
  throw new Error("no four free ports in a row");
}

/** The surroundings without settings of a market: the demo's own hold. */
const surroundings = () => Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("YUNFANG_") && name !== "DATABASE_URL"));

/** The last part of what the demo printed. */
const end = (output) => output.slice(-3000);

/** Reads addresses and log-ins from what the demo prints. */
function read(output) {
  const line = (start) => output.split("\n").find((l) => l.trim().startsWith(start)) ?? "";
  const base = line("Storefront").match(/http:\/\/[\d.]+:\d+/)?.[0];
  const mail = (who) => line(who).match(/\S+@\S+/)?.[0];
  const sellers = line("Sample sellers").match(/[\d.]+:\d+/g)?.map((a) => `http://${a}`) ?? [];
  const market = {
    base,
    password: line("Password of all").trim().split(/\s+/).at(-1),
    mails: {
      buyer: mail("Buyer /"),
      sandbox: mail("Sandbox buyer"),
      seller: mail("Seller /"),
      operator: mail("Operator"),
      partner: mail("Partner"),
    },
    sellers: { instant: sellers[0], asynchronous: sellers[1], faulty: sellers[2] },
  };
  const known = [base, market.password, ...Object.values(market.mails), ...Object.values(market.sellers)];
  if (known.some((v) => !v)) throw new Error(`the demo did not print all of its addresses:\n${end(output)}`);
  return market;
}

/** A running demo: `base`, `mails`, `password`, `sellers`, `output()`, `stop()`. */
export async function startMarket() {
  const folder = await mkdtemp(join(tmpdir(), "yunfang-browser-"));
  const port = await freePorts();
  const args = ["demo", "--folder", folder, "--port", String(port)];
  const child = spawn(binary(), args, { cwd: ROOT, env: surroundings(), stdio: ["ignore", "pipe", "pipe"] });
  const dying = () => child.kill("SIGKILL");
  process.once("exit", dying);
  let output = "";
  const ended = new Promise((done) => child.once("exit", done));
  const ready = new Promise((done, fail) => {
    const limit = setTimeout(() => fail(new Error(`the demo did not start:\n${end(output)}`)), START_LIMIT);
    const hear = (part) => {
      output += part;
      if (!output.includes("Ctrl-C")) return;
      clearTimeout(limit);
      done();
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.once("error", fail);
    ended.then((code) => {
      clearTimeout(limit);
      fail(new Error(`the demo ended with ${code}:\n${end(output)}`));
    });
  });
  const stop = async () => {
    child.kill("SIGINT");
    const limit = setTimeout(dying, STOP_LIMIT);
    await ended;
    clearTimeout(limit);
    process.removeListener("exit", dying);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready;
    if (output.includes("did not succeed")) throw new Error(`the demo's own purchase failed:\n${end(output)}`);
    return { ...read(output), output: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
