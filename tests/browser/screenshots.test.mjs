// Pictures of the pages that people see first, in both languages, light and dark, wide and narrow. They go
// to YUNFANG_SHOTS, or to target/screenshots; `./test screenshots` puts them where the README shows them.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { Town, untilState } from "./people.mjs";
import { buy, serviceLink } from "./shopping.mjs";

const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const FOLDER = resolve(process.env.YUNFANG_SHOTS ?? join(ROOT, "target/screenshots"));
const PHONE = { viewport: { width: 390, height: 844 } };

let town;
let service;

before(async () => {
  town = await Town.open();
  await mkdir(FOLDER, { recursive: true });
  const buyer = await town.page("buyer");
  await buy(buyer, "税历合规助手");
  await untilState(buyer, "state-order-COMPLETED");
  service = await serviceLink(buyer).getAttribute("href");
});
after(async () => { await town?.close(); });

/** Opens `path` as `who` and keeps a picture of what is in the window. */
async function picture(name, who, path, options = {}) {
  const page = await town.visit(who, options);
  const answer = await page.goto(path, { waitUntil: "networkidle" });
  assert.equal(answer.status(), 200, path);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${path} is ${wide} px wider than the window`);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  const broken = await page.evaluate(() => [...document.images].filter((i) => i.complete && i.naturalWidth === 0).length);
  assert.equal(broken, 0, `${path} has pictures that do not load`);
  await page.context().close();
}

/** The first product in the list. */
async function product() {
  const page = await town.visit(null);
  await page.goto("/search");
  const path = await page.locator('main a[href^="/product/"]').first().getAttribute("href");
  await page.context().close();
  return path;
}

test("storefront", () => town.scene(async () => {
  const path = await product();
  await picture("home-zh", null, "/");
  await picture("home-en-dark", null, "/", { locale: "en-GB", colorScheme: "dark" });
  await picture("search-en", null, "/search?q=tax", { locale: "en-GB" });
  await picture("product-zh", null, path);
  await picture("product-phone-en", null, path, { locale: "en-GB", ...PHONE });
}));

test("consoles", () => town.scene(async () => {
  await picture("buyer-service-zh", "buyer", service);
  await picture("seller-overview-zh", "seller", "/seller");
  await picture("seller-calls-zh", "seller", "/seller/calls");
  await picture("operator-overview-zh", "operator", "/operator");
  await picture("operator-orders-phone-zh", "operator", "/operator/orders", PHONE);
}));
