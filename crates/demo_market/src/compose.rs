//! Turns the rows of a data file into a full product: description, manual and
//! specifications are put together from the product's own words and the words
//! of its group, its scheme and its way of opening.

use crate::dice::{Dice, seed_of};
use crate::library::Library;
use crate::raw::{Group, RawProduct, Scheme, SchemeSpec};
use crate::types::{Attribute, Billing, CustomerCase, Point, Price, Product, SellerService, Specification, Tag, Text};
use std::fmt::Write as _;

/// Builds a product; the error names what the data file refers to in vain.
pub(crate) fn product(library: &Library, seller: &str, raw: &RawProduct) -> Result<Product, String> {
    let missing = |what: &str, name: &str| format!("{}: no {what} {name}", raw.key);
    let main = raw.cats.first().ok_or_else(|| missing("category", "at all"))?;
    let (group, _) = library.group_of(main).ok_or_else(|| missing("category", main))?;
    let scheme =
        library.schemes.iter().find(|scheme| scheme.id == raw.scheme).ok_or_else(|| missing("scheme", &raw.scheme))?;
    let mut tags = Vec::new();
    for key in &raw.tags {
        let name = library.tags.get(key).ok_or_else(|| missing("tag", key))?;
        tags.push(Tag { key: key.clone(), name: name.clone() });
    }
    let functions = points(&raw.functions);
    let specifications = specifications(scheme, raw.month, raw.trial, &functions);
    let mut dice = Dice::new(seed_of(&raw.key));
    let rating = if raw.service == SellerService::Faulty { dice.between(31, 36) } else { dice.between(41, 49) };
    Ok(Product {
        key: raw.key.clone(),
        seller: seller.to_owned(),
        name: raw.name.clone(),
        version: raw.version.clone(),
        categories: raw.cats.clone(),
        tags,
        summary: raw.summary.clone(),
        description: description(raw, group, &functions, &specifications),
        usage_guide: usage_guide(raw, group, &functions),
        highlights: points(&raw.highlights),
        cases: raw.cases.iter().map(case).collect(),
        functions,
        specifications,
        service: raw.service,
        rating_tenths: u8::try_from(rating).unwrap_or(40),
        sales: u32::try_from(dice.between(18, 400) * dice.between(1, 9)).unwrap_or(0),
    })
}

fn points(rows: &[[String; 4]]) -> Vec<Point> {
    rows.iter()
        .map(|[title_zh, zh, title_en, en]| Point {
            title: Text::new(title_zh, title_en),
            text: Text::new(full_stop(zh, '。'), full_stop(en, '.')),
        })
        .collect()
}

/// Function rows are written without an end mark, highlights with one.
fn full_stop(text: &str, mark: char) -> String {
    let mut sentence = capitalised(text);
    if !sentence.ends_with(mark) {
        sentence.push(mark);
    }
    sentence
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

fn case(row: &[String; 4]) -> CustomerCase {
    let [zh_name, zh, en_name, en] = row;
    CustomerCase { customer: Text::new(zh_name, en_name), story: Text::new(zh, en) }
}

/// Markdown of the description: the product's own opening, its functions,
/// where it fits, every specification (supply-side 3.3), data care, opening.
pub(crate) fn description(
    raw: &RawProduct,
    group: &Group,
    functions: &[Point],
    specifications: &[Specification],
) -> Text {
    let mut zh = format!("{}\n\n## 核心功能\n\n", raw.intro.zh);
    let mut en = format!("{}\n\n## What it does\n\n", raw.intro.en);
    for function in functions {
        let _ = writeln!(zh, "- **{}**:{}", function.title.zh, function.text.zh);
        let _ = writeln!(en, "- **{}**: {}", function.title.en, function.text.en);
    }
    let _ = write!(zh, "\n## 适用场景\n\n{}适用于{}。", raw.name.zh, raw.scene.zh);
    let _ = write!(en, "\n## Where it fits\n\n{} is made for {}.", raw.name.en, raw.scene.en);
    zh.push_str("\n\n## 规格说明\n\n");
    en.push_str("\n\n## Specifications\n\n");
    for specification in specifications.iter().filter(|specification| !specification.hidden) {
        let _ = writeln!(zh, "- **{}**:{}", specification.name.zh, specification.description.zh);
        let _ = writeln!(en, "- **{}**: {}", specification.name.en, specification.description.en);
    }
    let opening = opening(raw.service);
    let _ = write!(zh, "\n## 安全与数据\n\n{}\n\n## 开通与交付\n\n{}\n", group.safety.zh, opening.zh);
    let _ =
        write!(en, "\n## Security and data\n\n{}\n\n## Activation and delivery\n\n{}\n", group.safety.en, opening.en);
    Text { zh: zh.replace("**:", "**："), en }
}

fn opening(service: SellerService) -> Text {
    match service {
        SellerService::Asynchronous => Text::new(
            "付款后由服务人员核对开通信息,通常一个工作日内完成,期间可在「我的实例」查看进度。开通完成后,登录地址与管理员账号会显示在实例详情中,并发送到购买时填写的邮箱。".replace(',', "，"),
            "After payment our staff check the details and usually activate the service within one working day; you can follow the progress under My instances. The sign-in address and administrator account then appear in the instance details and are sent to the e-mail address given at purchase.",
        ),
        SellerService::Instant | SellerService::Faulty => Text::new(
            "付款后自动开通,无需等待。登录地址与管理员账号显示在「我的实例」详情中,同时发送到购买时填写的邮箱;到期前三十天起会提醒续费,续费后数据与设置保持不变。".replace(',', "，").replace(';', "；"),
            "The service is activated automatically after payment. The sign-in address and administrator account appear under My instances and are sent to the e-mail address given at purchase. Renewal reminders start thirty days before expiry, and renewing keeps your data and settings.",
        ),
    }
}

/// Markdown of the manual: sign in, first steps, daily use, help.
pub(crate) fn usage_guide(raw: &RawProduct, group: &Group, functions: &[Point]) -> Text {
    let (name, start) = (&raw.name, &group.start);
    let mut zh = format!(
        "# {}使用指南\n\n## 登录\n\n1. 在「我的实例」中找到{},打开「实例详情」。\n2. 点击「登录地址」,用其中的管理员账号与初始密码登录。\n3. 首次登录请修改密码,并在「账号安全」中绑定手机或邮箱。\n\n## 第一步\n\n{}\n\n## 常用操作\n\n",
        name.zh, name.zh, start.zh
    )
    .replace(',', "，");
    let mut en = format!(
        "# {} user guide\n\n## Sign in\n\n1. Find {} under My instances and open the instance details.\n2. Follow the sign-in address and use the administrator account and initial password shown there.\n3. Change the password at first sign-in and link a phone or e-mail address under Account security.\n\n## First steps\n\n{}\n\n## Everyday use\n\n",
        name.en, name.en, start.en
    );
    for function in functions {
        let _ = writeln!(zh, "- 打开「{}」：{}", function.title.zh, function.text.zh);
        let _ = writeln!(en, "- Open **{}**: {}", function.title.en, function.text.en);
    }
    zh.push_str("\n## 添加成员\n\n在「成员管理」中输入邮箱邀请同事，并按岗位分配角色；人员离开时停用账号即可，数据保留。\n\n## 获取帮助\n\n右下角「帮助」可查看操作视频与常见问题；仍未解决时，可通过商品页「服务与支持」所列渠道联系我们。\n");
    en.push_str("\n## Add members\n\nInvite colleagues by e-mail under Members and give each a role. When somebody leaves, disable the account; the data is kept.\n\n## Help\n\nThe Help button at the lower right offers short videos and answers to common questions. If you still need us, use the channels listed under Service and support on the product page.\n");
    Text { zh, en }
}

/// The specifications of a scheme at a base price per month in yuan.
pub(crate) fn specifications(
    scheme: &Scheme,
    base: u64,
    trial: Option<u16>,
    functions: &[Point],
) -> Vec<Specification> {
    let build = |spec: &SchemeSpec| Specification {
        key: spec.key.clone(),
        name: spec.name.clone(),
        description: filled(&spec.about, functions),
        attributes: spec.attributes.iter().map(attribute).collect(),
        prices: prices(spec, base),
        trial_days: trial.filter(|_| spec.trial),
        free: spec.free,
        hidden: spec.hidden,
    };
    scheme.spec.iter().map(build).collect()
}

fn attribute(row: &[String; 5]) -> Attribute {
    let [key, name_zh, name_en, zh, en] = row;
    Attribute { key: key.clone(), name: Text::new(name_zh, name_en), value: Text::new(zh, en) }
}

fn filled(about: &Text, functions: &[Point]) -> Text {
    let mut text = about.clone();
    for (index, function) in functions.iter().enumerate() {
        let slot = format!("{{f{}}}", index + 1);
        text.zh = text.zh.replace(&slot, &function.title.zh);
        text.en = text.en.replace(&slot, &function.title.en);
    }
    Text { zh: text.zh, en: capitalised(&text.en) }
}

fn prices(spec: &SchemeSpec, base: u64) -> Vec<Price> {
    let lines = [(Billing::Month, spec.month), (Billing::Year, spec.year), (Billing::OneTime, spec.once)];
    let priced = lines.into_iter().filter_map(|(billing, share)| share.map(|share| (billing, share)));
    priced.map(|(billing, share)| Price { billing, amount: format!("{}.00", shop_price(base, share)) }).collect()
}

/// Whole yuan as a shop would print them: multiples of the base by 1 or 10
/// stay exact, others end in 9, in 90, or in whole hundreds.
pub(crate) fn shop_price(base: u64, hundredths: u64) -> u64 {
    let exact = base * hundredths / 100;
    match exact {
        _ if hundredths == 100 || hundredths == 1000 => exact,
        0..20 => exact.max(1),
        20..1000 => exact / 10 * 10 + 9,
        1000..10_000 => exact / 100 * 100 + 90,
        _ => (exact + 50) / 100 * 100,
    }
}
