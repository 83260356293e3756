// Whole stories through the pages: buying, selling, reviewing, repairing, time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deflateSync } from "node:zlib";
import { Town, go, send, state, until, untilState, say } from "./people.mjs";
import { buy, openProduct, order, pay, serviceLink } from "./shopping.mjs";

let town;
/** What the first purchase leaves for the seller's test. */
const bought = {};

before(async () => { town = await Town.open(); });
after(async () => { await town?.close(); });

const story = (name, body) => test(name, () => town.scene(body));
const path = (page) => new URL(page.url()).pathname;

/** A picture of one colour. */
function png(size) {
  const crc = (bytes) => {
    let c = ~0;
    for (const byte of bytes) {
      c ^= byte;
      for (let n = 0; n < 8; n += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return ~c >>> 0;
  };
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind, "ascii"), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(size * 3, 0x5a)]);
  const rows = Buffer.concat(Array.from({ length: size }, () => row));
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

story("a buyer searches in two languages, chooses, orders, pays and opens the service", async () => {
  const page = await town.page("buyer");
  await page.goto("/");
  await page.locator("#site-search").fill("财务");
  await page.locator("#site-search").press("Enter");
  await page.waitForURL("**/search?q=**");
  assert.ok((await page.locator("mark").allInnerTexts()).some((text) => text.includes("财务")), "no matched word is marked");

  await page.locator(".store-tools a[hreflang=en]").click();
  await page.locator("html[lang=en]").waitFor();
  await page.locator("#site-search").fill("accounting");
  await page.locator(".search button[type=submit]").click();
  await page.waitForURL("**/search?q=accounting");
  const marked = await page.locator("mark").allInnerTexts();
  assert.ok(marked.some((text) => /account/i.test(text)), `marked: ${marked}`);

  await page.locator(".product-name a", { hasText: "Inkledger Accounting" }).click();
  await page.waitForURL("**/product/**");
  const price = page.locator("[data-quote] .price-sum");
  const first = await price.innerText();
  await page.locator(".choice-item", { hasText: "Professional" }).click();
  await page.waitForFunction((old) => document.querySelector("[data-quote] .price-sum").innerText !== old, first);
  const second = await price.innerText();
  await page.locator('.choice-item:has(input[name=term][value^="PERIOD.year"])').first().click();
  await page.waitForFunction((old) => document.querySelector("[data-quote] .price-sum").innerText !== old, second);
  const shown = (await price.innerText()).match(/[\d,]+\.\d\d/)[0];

  await page.locator("form.chooser button.btn-primary").first().click();
  await page.waitForURL("**/buy/**");
  await page.locator("html[lang=en]").waitFor();
  assert.ok((await page.locator("aside").innerText()).includes(shown), "the checkout shows another sum than the product");
  // Without the tick the form does not leave the page.
  const submit = page.locator('form[action^="/buy/"] button[type=submit]');
  await submit.click();
  assert.match(page.url(), /\/buy\//);
  assert.equal(await page.locator("input[name=agreed]:invalid").count(), 1);
  await page.locator("input[name=agreed]").check();
  await submit.click();
  await page.waitForURL("**/buyer/orders/**");
  bought.order = path(page).split("/").at(-1);
  assert.equal(await state(page).innerText(), say("en", "state-order-PENDING_PAYMENT"));

  await pay(page);
  // The progress follows by itself: no reload here.
  await page.locator(".card .badge", { hasText: say("en", "state-instance-IN_USE") }).first().waitFor();
  assert.equal(await state(page).innerText(), say("en", "state-order-COMPLETED"));
  await page.locator(".store-tools a[hreflang=zh-CN], .top-tools a[hreflang=zh-CN]").first().click();
  await page.locator('html[lang="zh-CN"]').waitFor();

  await serviceLink(page).click();
  await page.waitForURL("**/buyer/services/**");
  await untilState(page, "state-instance-IN_USE");
  const open = page.locator(`.page-actions a[href^="${town.market.sellers.instant}/app/"]`);
  await until(page, "the link to the service", () => open);
  const [popup] = await Promise.all([page.waitForEvent("popup"), open.click()]);
  await popup.waitForLoadState();
  const href = await open.getAttribute("href");
  const answer = await page.request.get(href);
  assert.equal(answer.status(), 200);
  const instance = decodeURIComponent(new URL(href).pathname.split("/").at(-1));
  assert.ok((await popup.locator("main").innerText()).includes(instance), "the service does not show its instance");
  await popup.close();
});

story("the seller sees the call with its request and response", async () => {
  assert.ok(bought.order, "needs the purchase before");
  const page = await town.page("seller");
  await page.goto("/seller/calls");
  await page.locator("input[name=order_id]").fill(bought.order);
  await page.locator("input[name=order_id]").press("Enter");
  await page.waitForURL(`**order_id=${bought.order}**`);
  const row = page.locator("tr[data-href]", { hasText: say("zh", "activity-newInstance") });
  await row.locator('a[href^="/seller/calls/"]').first().click();
  await page.waitForURL("**/seller/calls/*");
  assert.equal(await state(page).innerText(), say("zh", "state-call-SUCCEEDED"));
  const text = await page.locator("main").innerText();
  for (const part of ["newInstance", bought.order, "000000", "resultCode", "instanceId", "/saas"]) {
    assert.ok(text.includes(part), `the record lacks ${part}`);
  }
});

story("a product of an asynchronous seller shows that it is being opened", async () => {
  const page = await town.page("buyer");
  await buy(page, "潮汐司库资金管理");
  await serviceLink(page).waitFor();
  const orderPath = path(page);
  await serviceLink(page).click();
  await page.waitForURL("**/buyer/services/**");
  assert.equal(await state(page).innerText(), say("zh", "state-instance-PROVISIONING"));
  const operator = await town.page("operator");
  await operator.goto(orderPath.replace("/buyer/", "/operator/"));
  await until(operator, "the accepted call", () => operator.locator("#stuck", { hasText: "000004" }));
});

/** The fields of the editor that one language needs, long enough for the rules. */
const LONG = {
  zh: "帆影排产把订单、设备与人员放在同一张图上，计划员拖动一格即可看到交期变化。".repeat(12),
  en: "Sailshade planning puts orders, machines and people on one chart, and a planner sees dates change at once. ".repeat(6),
};
const FIELDS = {
  version: "V1.0",
  "tags.zh": "排产",
  "tags.en": "Scheduling",
  "summary.zh": "让中小工厂看得见每一道工序的排产软件，开箱即用。",
  "summary.en": "Planning software that shows small factories every step of their work.",
  "description.zh": LONG.zh,
  "description.en": LONG.en,
  "usage_guide.zh": "打开服务地址，使用管理员账号登录，然后导入订单即可开始排产，建议先试用样例数据。",
  "usage_guide.en": "Open the address of the service, log in as administrator and import your orders to begin.",
  "support.hours.zh": "周一至周五 09:00–18:00",
  "support.hours.en": "Mon–Fri 09:00–18:00",
  "support.content.zh": "安装、使用与故障的解答",
  "support.content.en": "Answers about set-up, use and faults",
  "support.hotline": "+86 10 0000 1101",
  "support.email": "support@yanheng.example",
  "agreement.zh": "用户应当遵守法律使用本软件，商家按照约定提供服务和支持，双方协商解决争议。",
  "agreement.en": "The customer uses the software lawfully; the seller provides service and support as agreed.",
  "specifications.0.name.zh": "标准版",
  "specifications.0.name.en": "Standard",
  "specifications.0.month": "88.00",
};

async function fillEditor(page) {
  for (const [name, value] of Object.entries(FIELDS)) {
    await page.locator(`[name="${name}"]`).fill(value);
  }
  for (const n of [0, 1, 2]) {
    for (const part of ["title", "text"]) {
      await page.locator(`[name="highlights.${n}.${part}.zh"]`).fill(`优点${n + 1}`);
      await page.locator(`[name="highlights.${n}.${part}.en"]`).fill(`Point ${n + 1}`);
    }
  }
  await page.locator('[name="support.zone"]').selectOption({ index: 1 });
  await page.locator('[name="categories.0"]').selectOption({ index: 3 });
}

story("a seller writes a product, an operator approves it, a buyer finds and buys it", async () => {
  const seller = await town.page("seller");
  await seller.goto("/seller/products");
  await seller.locator('a[href="/seller/products/new"]').first().click();
  await seller.waitForURL("**/seller/products/new");
  await seller.locator("input[name=access][value=SAAS]").check();
  await seller.locator('[name="name.zh"]').fill("帆影智能排产");
  await seller.locator('[name="name.en"]').fill("Sailshade Planning");
  await seller.locator('form[action="/seller/products/new"] button[type=submit]').click();
  await seller.waitForURL("**/seller/applications/*");

  // Too early: the faults are listed and lead to their fields.
  const submit = seller.locator("button[name=submit]").first();
  await submit.click();
  const faults = seller.locator(".alert-danger[role=alert] li");
  await faults.first().waitFor();
  assert.ok(await faults.count() > 5, "an empty product has more faults");
  assert.equal(await seller.locator('[name="description.zh"]').getAttribute("aria-invalid"), "true");

  const address = seller.locator('[name="access.production_address"]');
  await address.fill(`${town.market.sellers.instant}/saas`);
  if (await seller.locator('[name="specifications.0.month"]').count() === 0) {
    await seller.locator("button[name=add_specification]").click();
    await seller.locator('[name="specifications.0.month"]').waitFor();
  }
  const picture = { name: "logo.png", mimeType: "image/png", buffer: png(64) };
  await seller.locator("input[name=logo_file]").setInputFiles(picture);
  await seller.locator("input[name=picture_files]").setInputFiles({ ...picture, name: "screen.png" });
  await seller.locator("button[name=upload]").click();
  await seller.locator("button[name=remove_logo]").waitFor();
  assert.equal(await address.inputValue(), `${town.market.sellers.instant}/saas`, "an upload keeps what was typed");
  await fillEditor(seller);
  // One fault is left over on purpose.
  await seller.locator('[name="summary.en"]').fill("Short");
  await go(seller, submit);
  await faults.first().waitFor();
  const left = await faults.allInnerTexts();
  assert.equal(left.length, 1, left.join("\n"));
  await seller.locator('[name="summary.en"]').fill(FIELDS["summary.en"]);
  await go(seller, submit);
  await untilState(seller, "state-application-PENDING_REVIEW");
  const application = path(seller).split("/").at(-1);

  const operator = await town.page("operator");
  await operator.goto("/operator/applications");
  await operator.locator(`a[href="/operator/applications/${application}"]`).first().click();
  await operator.waitForURL("**/operator/applications/*");
  assert.ok((await operator.locator("main").innerText()).includes("Sailshade Planning"));
  await send(operator, `/operator/applications/${application}/approve`);
  await untilState(operator, "state-application-APPROVED");

  const visitor = await town.visit(null);
  await visitor.goto("/search?q=%E5%B8%86%E5%BD%B1%E6%8E%92%E4%BA%A7");
  await until(visitor, "the new product in the search", () => visitor.locator(".product-name a", { hasText: "帆影智能排产" }));
  await visitor.locator(".product-name a", { hasText: "帆影智能排产" }).click();
  await visitor.waitForURL("**/product/**");
  const image = visitor.locator(".product-head img, .gallery img").first();
  assert.ok(await image.evaluate((img) => img.decode().then(() => img.naturalWidth === 64)), "the picture is not shown");
  // Whoever wants to buy has to log in first, and comes back.
  await visitor.locator("form.chooser button.btn-primary").first().click();
  await visitor.waitForURL("**/login?next=**");
  await visitor.context().close();

  const buyer = await town.page("buyer");
  await buy(buyer, "帆影智能排产");
  await untilState(buyer, "state-order-COMPLETED");
});

story("a faulty seller: the operator sees why, the seller repairs and restarts", async () => {
  const buyer = await town.page("buyer");
  const orderPath = await buy(buyer, "浮木企业网盘");
  const id = orderPath.split("/").at(-1);
  const seller = await town.page("owner@amongdesk.example");
  await seller.goto(`/seller/calls?order_id=${id}`);
  const failing = () => seller.locator("tr[data-href]", { hasText: say("zh", "state-call-RETRYING") });
  await until(seller, "the failing call", failing);

  await buyer.goto(orderPath);
  assert.equal(await state(buyer).innerText(), say("zh", "state-order-PROCESSING"));
  const operator = await town.page("operator");
  await operator.goto(`/operator/orders/${id}`);
  const stuck = operator.locator("#stuck");
  const explained = await stuck.innerText();
  assert.ok(explained.includes(say("zh", "operator-stuck-title")), explained);
  assert.ok(explained.includes("000005"), `the cause is not named: ${explained}`);
  assert.equal(await stuck.locator('form[action^="/operator/calls/"]').count(), 1, "no safe action is offered");

  await failing().locator('a[href^="/seller/calls/"]').first().click();
  await seller.waitForURL("**/seller/calls/*");
  assert.ok((await seller.locator("main").innerText()).includes("000005"));
  const call = path(seller);
  const faults = `${town.market.sellers.faulty}/faults`;
  const healed = await seller.request.post(faults, { data: {} });
  assert.equal(healed.status(), 200);
  await send(seller, `${call}/restart`);
  await untilState(seller, "state-call-SUCCEEDED");

  await buyer.goto(orderPath);
  await untilState(buyer, "state-order-COMPLETED");
  await operator.reload();
  assert.ok((await operator.locator("#stuck").innerText()).includes(say("zh", "operator-stuck-flowing")));
  await serviceLink(buyer).click();
  const open = buyer.locator(`.page-actions a[href^="${town.market.sellers.faulty}/app/"]`);
  await until(buyer, "the link to the service", () => open);
  assert.equal((await buyer.request.get(await open.getAttribute("href"))).status(), 200);
});

story("sandbox: the test clock leads a service through expiry, freezing and release", async () => {
  const page = await town.page("sandbox");
  await openProduct(page, "墨账云财务核算");
  await page.locator('.choice-item:has(input[name=term][value="PERIOD.month.1"])').click();
  await order(page);
  await pay(page);
  await untilState(page, "state-order-COMPLETED");
  await serviceLink(page).click();
  await page.waitForURL("**/buyer/services/**");
  await untilState(page, "state-instance-IN_USE");
  const service = path(page);
  const link = `.page-actions a[href^="${town.market.sellers.instant}/app/"]`;
  await until(page, "the link to the service", () => page.locator(link));
  const running = await page.locator(link).getAttribute("href");

  /** Moves the clock by days and waits for the state that the service then has. */
  const after = async (days, key) => {
    await page.goto("/buyer/clock");
    await page.locator("#f-days").fill(String(days));
    await go(page, page.locator('form:has(#f-days) button[type=submit]'));
    await page.goto(service);
    await untilState(page, key);
  };
  await after(32, "state-instance-EXPIRED");
  await after(7, "state-instance-FROZEN");
  assert.equal(await page.locator(link).count(), 0, "a frozen service is not offered");
  await after(8, "state-instance-RELEASED");
  assert.equal(await page.locator(link).count(), 0, "a released service is not offered");
  assert.ok(!(await page.content()).includes(running), "the log-in of a released service is still shown");
  // The seller was told with test calls, which his server answers without acting.
  const operator = await town.page("operator");
  await operator.goto("/operator/calls");
  const told = (activity) => () => operator.locator("tr[data-href]", { hasText: say("zh", `activity-${activity}`) })
    .filter({ hasText: say("zh", "state-call-SUCCEEDED") });
  await until(operator, "the freezing at the seller", told("updateInstanceStatus"));
  await until(operator, "the release at the seller", told("releaseInstance"));
  // Other organisations' time stands still.
  const buyer = await town.page("buyer");
  await buyer.goto("/buyer");
  assert.equal(await buyer.locator(".sandbox").count(), 0);
});
