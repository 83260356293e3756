// The careless, the impatient, the tired and the new: what they do to the pages, and what must survive.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Town, go, say } from "./people.mjs";
import { openProduct } from "./shopping.mjs";

const PRODUCT = "税历合规助手";
let town;

before(async () => { town = await Town.open(); });
after(async () => { await town?.close(); });

const story = (name, body) => test(name, () => town.scene(body));
const other = (page) => page.locator('a[href^="?lang="]').first();

story("the language link keeps what was chosen and searched for", async () => {
  const page = await town.visit("buyer");
  await page.goto("/search?q=CRM&sort=newest");
  await go(page, other(page));
  assert.equal(new URL(page.url()).search, "?q=CRM&sort=newest");
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await go(page, other(page));

  await openProduct(page, PRODUCT);
  await page.locator(".choice-item").nth(1).click();
  await page.locator("#f-quantity").fill("3");
  const chosen = await page.locator("form.chooser input[name=spec]:checked").inputValue();
  await go(page, other(page));
  assert.equal(await page.locator("form.chooser input[name=spec]:checked").inputValue(), chosen);
  assert.equal(await page.locator("#f-quantity").inputValue(), "3");
  await go(page, other(page));
  await page.context().close();
});

story("without script the language link keeps a trial a trial", async () => {
  const page = await town.visit("buyer", { javaScriptEnabled: false });
  await openProduct(page, PRODUCT);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  await page.goto(`/buy/${id}?trial=1`);
  await go(page, other(page));
  assert.equal(new URL(page.url()).search, "?trial=1");
  assert.equal(await page.locator('form[action^="/buy/"] input[name=trial]').count(), 1);
  await page.goto("/?lang=zh");
  await page.context().close();
});

story("the checkout shows the sum of the quantity that it orders", async () => {
  const page = await town.visit("buyer");
  await openProduct(page, PRODUCT);
  await go(page, page.locator("form.chooser button.btn-primary").first());
  const sum = () => page.locator("[data-quote]").innerText();
  const before = await sum();
  await page.locator("#f-quantity").fill("5");
  await page.waitForFunction((old) => document.querySelector("[data-quote]").innerText !== old, before);
  assert.ok((await sum()).includes("× 5"), await sum());
  await page.locator("input[name=agreed]").check();
  await go(page, page.locator('form[action^="/buy/"] button[type=submit]'));
  assert.ok(new URL(page.url()).pathname.startsWith("/buyer/orders/"), page.url());
  await page.context().close();
});

story("without script a changed quantity is shown before it is ordered", async () => {
  const page = await town.visit("buyer", { javaScriptEnabled: false });
  await openProduct(page, PRODUCT);
  await go(page, page.locator("form.chooser button.btn-primary").first());
  await page.locator("#f-quantity").fill("5");
  await page.locator("input[name=agreed]").check();
  await go(page, page.locator('form[action^="/buy/"] button[type=submit]'));
  assert.ok((await page.locator("[role=alert]").first().innerText()).includes(say("zh", "error-quantity-recounted")));
  assert.ok((await page.locator("[data-quote]").innerText()).includes("× 5"));
  await page.locator("input[name=agreed]").check();
  await go(page, page.locator('form[action^="/buy/"] button[type=submit]'));
  assert.ok(new URL(page.url()).pathname.startsWith("/buyer/orders/"), page.url());
  await page.context().close();
});

story("a link to what is not offered any more buys nothing else", async () => {
  const page = await town.visit("buyer");
  await openProduct(page, PRODUCT);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  for (const query of ["spec=gone", "term=PERIOD.month.99"]) {
    await page.goto(`/buy/${id}?${query}`);
    assert.ok((await page.locator("main").innerText()).includes(say("zh", "checkout-choice-gone")), query);
    assert.ok(await page.locator('form[action^="/buy/"] button[type=submit]').isDisabled(), query);
  }
  await page.context().close();
});

story("a form whose session ended is sent after logging in elsewhere", async () => {
  const page = await town.visit(null);
  await town.logIn(page, "buyer");
  await page.goto("/account");
  const name = page.locator('form[action="/account/name"] input[name=user_name]');
  await name.fill("改到一半的名字");
  await page.context().clearCookies();
  await go(page, page.locator('form[action="/account/name"] button[type=submit]'));
  assert.ok((await page.locator("main").innerText()).includes("改到一半的名字") || (await page.content()).includes("改到一半的名字"));
  const [tab] = await Promise.all([page.context().waitForEvent("page"), page.locator('a[href="/login"][target="_blank"]').click()]);
  await town.logIn(tab, "buyer");
  const send = page.locator('form[action$="/account/name"] button[type=submit]');
  await go(page, send);
  await go(page, page.locator('form[action$="/account/name"] button[type=submit]'));
  await page.goto("/account");
  assert.equal(await page.locator('form[action="/account/name"] input[name=user_name]').inputValue(), "改到一半的名字");
  await page.context().close();
});

story("an address that only takes forms leads to its page", async () => {
  const page = await town.page("buyer");
  for (const [from, to] of [["/buyer/balance/top-up", "/buyer/balance"], ["/buyer/orders/ord_x/pay", "/buyer/orders/ord_x"]]) {
    await page.goto(from);
    assert.equal(new URL(page.url()).pathname, to);
  }
});

story("a new key is not signed with, and a repeated form makes no second one", async () => {
  const page = await town.page("seller");
  await page.goto("/seller/keys");
  const rows = () => page.locator("tbody tr").count();
  const before = await rows();
  const add = page.locator('form[action="/seller/keys"]', { has: page.locator('input[value="add"]') });
  const form = await add.evaluate((f) => Object.fromEntries([...new FormData(f)].map(([n, v]) => [n, String(v)])));
  for (let n = 0; n < 2; n += 1) {
    await page.request.post("/seller/keys", { form, headers: { origin: town.market.base }, maxRedirects: 0 });
  }
  await page.goto("/seller/keys");
  assert.equal(await rows(), before + 1);
  const badge = (key) => page.locator("tbody .badge", { hasText: say("zh", key) });
  assert.equal(await badge("seller-key-fresh").count(), 1);
  assert.equal(await badge("seller-key-signs").count(), 1);
  await page.reload();
  assert.equal(await rows(), before + 1);
});
