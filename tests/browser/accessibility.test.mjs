// axe-core on every page that the consoles link to, in both languages, dark and light.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Town, untilState } from "./people.mjs";
import { buy, openProduct, order, serviceLink } from "./shopping.mjs";

const AXE = readFileSync(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const SERIOUS = new Set(["serious", "critical"]);
/** Pages of one kind (the same address but for identities) that are looked at. */
const OF_ONE_KIND = 1;
const MOST_PAGES = 60;
/** Never followed: other media, and addresses that leave or change the session. */
const SKIPPED = /\.(csv|json|xml|txt)$|^\/(logout|files|assets|api|metrics|healthz|readyz)(\/|$)/;
const CONSOLES = {
  visitor: { start: ["/", "/login", "/register", "/forgot", "/reset?token=x", "/search?q=%E8%B4%A2%E5%8A%A1", "/search?q=qqqqqqqq", "/nowhere"], within: /^\/(?!buyer|seller|operator|partner($|\/)|account|messages)/ },
  buyer: { start: ["/buyer"], within: /^\/(buyer|account|messages|buy)(\/|$)/ },
  sandbox: { start: ["/buyer/clock"], within: /^\/buyer\/clock$/ },
  seller: { start: ["/seller"], within: /^\/(seller|account)(\/|$)/ },
  operator: { start: ["/operator"], within: /^\/operator(\/|$)/ },
  partner: { start: ["/partner"], within: /^\/(partner|account)(\/|$)/ },
};

let town;

before(async () => {
  town = await Town.open();
  await fill();
});
after(async () => { await town?.close(); });

/** Something to look at: a running service, an unpaid order, a draft. */
async function fill() {
  const buyer = await town.page("buyer");
  await buy(buyer, "税历合规助手");
  await untilState(buyer, "state-order-COMPLETED");
  const service = await serviceLink(buyer).getAttribute("href");
  await openProduct(buyer, "税历合规助手");
  CONSOLES.visitor.start.push(new URL(buyer.url()).pathname);
  CONSOLES.buyer.start.push(new URL(buyer.url()).pathname.replace("/product/", "/buy/"));
  CONSOLES.buyer.start.push(service, await order(buyer));
  const seller = await town.page("seller");
  await seller.goto("/seller/products/new");
  await seller.locator("input[name=access][value=SAAS]").check();
  await seller.locator('[name="name.zh"]').fill("无障碍草稿");
  await seller.locator('form[action="/seller/products/new"] button[type=submit]').click();
  await seller.waitForURL("**/seller/applications/*");
  const draft = new URL(seller.url()).pathname;
  CONSOLES.seller.start.push(draft, `${draft}/preview`);
}

/** One name for all addresses that differ in identities only. */
const kind = (path) => path.replace(/[a-z]{3}_[0-9A-Z]{10,}(-\d+)?/g, "*")
  .replace(/^\/category\/.*/, "/category/*").replace(/^\/docs\/(groups?|schemas?)\/.*/, "/docs/$1/*");

const links = (page) => page.evaluate(() => [...document.querySelectorAll("a[href]")]
  .filter((a) => a.origin === location.origin && !a.hasAttribute("download"))
  .map((a) => a.pathname));

async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map(({ id, impact, help, nodes }) => ({
      id, impact, help,
      nodes: nodes.map((n) => `${n.target.join(" ")} — ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ""}`),
    }));
  });
  return found.filter((v) => SERIOUS.has(v.impact));
}

/** Walks from page to page and returns what axe finds, and the addresses. */
async function crawl(page, { start, within }, look) {
  const queue = [...start];
  const kinds = new Map();
  const seen = [];
  const problems = [];
  while (queue.length > 0 && seen.length < MOST_PAGES) {
    const address = queue.shift();
    const path = new URL(address, town.market.base).pathname;
    const name = start.includes(address) ? address : kind(path);
    const count = kinds.get(name) ?? 0;
    if (seen.includes(address) || count >= OF_ONE_KIND) continue;
    kinds.set(name, count + 1);
    const answer = await page.goto(address);
    const type = answer.headers()["content-type"] ?? "";
    if (!type.startsWith("text/html")) continue;
    seen.push(address);
    if (answer.status() >= 400 && address !== "/nowhere") problems.push(`${address}: a link leads to ${answer.status()}`);
    problems.push(...await look(page, address));
    const next = (await links(page)).filter((p) => within.test(p) && !SKIPPED.test(p));
    queue.push(...new Set(next));
  }
  return { seen, problems };
}

const describe = (where, v) => `${where}: ${v.id} (${v.impact}): ${v.help}\n    ${v.nodes.slice(0, 5).join("\n    ")}`;

async function check(page, address) {
  return (await violations(page)).map((v) => describe(address, v));
}

const shown = new Map();

test("the checker sees what is wrong", () => town.scene(async () => {
  const page = await town.visit(null);
  await page.goto("/help");
  await page.evaluate(() => {
    document.querySelector("main").insertAdjacentHTML("beforeend", '<img src="/assets/icons/logo.svg"><input>');
  });
  const found = (await violations(page)).map((v) => v.id);
  assert.deepEqual(found.sort(), ["image-alt", "label"]);
  await page.context().close();
}));

for (const who of Object.keys(CONSOLES)) {
  test(`${who}: every page in Chinese`, (context) => town.scene(async () => {
    const page = await town.visit(who === "visitor" ? null : who);
    await page.goto("/?theme=light");
    const { seen, problems } = await crawl(page, CONSOLES[who], check);
    shown.set(who, seen);
    context.diagnostic(`${seen.length} pages: ${seen.map(kind).join(" ")}`);
    assert.deepEqual(problems, [], problems.join("\n"));
    assert.ok(seen.length >= CONSOLES[who].start.length, `only ${seen.length} pages`);
    await page.context().close();
  }));
}

for (const [who, scheme] of [["visitor", "dark"], ["buyer", "dark"], ["seller", "dark"], ["operator", "dark"], ["partner", "dark"]]) {
  test(`${who}: in the dark and in English`, () => town.scene(async () => {
    const page = await town.visit(who === "visitor" ? null : who);
    await page.goto(`/?theme=${scheme}`);
    await page.goto("/?lang=en");
    const problems = [];
    for (const address of shown.get(who) ?? CONSOLES[who].start) {
      await page.goto(address);
      assert.equal(await page.locator("html").getAttribute("lang"), "en", address);
      assert.equal(await page.locator("html").getAttribute("data-theme"), scheme, address);
      problems.push(...await check(page, address));
    }
    assert.deepEqual(problems, [], problems.join("\n"));
    await page.context().close();
  }));
}
