//! Many more believable products for the benchmark: the demo market's own
//! building blocks, recombined under invented brands.

use crate::compose;
use crate::dice::Dice;
use crate::library::{Library, library};
use crate::raw::RawProduct;
use crate::types::{Product, SellerService, Text};

/// Brand beginnings and endings; 40 × 40 brands.
const HEADS: [(&str, &str); 40] = [
    ("澄", "Clear"),
    ("霁", "Fair"),
    ("松", "Pine"),
    ("岚", "Mist"),
    ("禾", "Grain"),
    ("沐", "Bath"),
    ("朗", "Bright"),
    ("鹿", "Deer"),
    ("青", "Green"),
    ("墨", "Ink"),
    ("云", "Cloud"),
    ("溪", "Brook"),
    ("枫", "Maple"),
    ("雁", "Goose"),
    ("竹", "Bamboo"),
    ("晴", "Sunny"),
    ("石", "Stone"),
    ("帆", "Sail"),
    ("星", "Star"),
    ("谷", "Vale"),
    ("雪", "Snow"),
    ("桐", "Paulow"),
    ("远", "Far"),
    ("鲸", "Whale"),
    ("苔", "Moss"),
    ("锦", "Silk"),
    ("泉", "Spring"),
    ("月", "Moon"),
    ("棠", "Crab"),
    ("砚", "Slate"),
    ("麦", "Wheat"),
    ("焰", "Ember"),
    ("屿", "Isle"),
    ("蔚", "Azure"),
    ("杉", "Cedar"),
    ("鸢", "Kite"),
    ("砾", "Pebble"),
    ("橙", "Orange"),
    ("霖", "Rain"),
    ("槿", "Mallow"),
];
const TAILS: [(&str, &str); 40] = [
    ("桥", "bridge"),
    ("舟", "boat"),
    ("林", "wood"),
    ("台", "deck"),
    ("坊", "works"),
    ("流", "flow"),
    ("塔", "tower"),
    ("田", "field"),
    ("径", "path"),
    ("港", "haven"),
    ("织", "loom"),
    ("鸣", "call"),
    ("衡", "scale"),
    ("图", "chart"),
    ("环", "ring"),
    ("序", "order"),
    ("页", "leaf"),
    ("峰", "peak"),
    ("门", "gate"),
    ("点", "point"),
    ("仓", "store"),
    ("格", "grid"),
    ("羽", "wing"),
    ("弦", "string"),
    ("光", "light"),
    ("井", "well"),
    ("匠", "smith"),
    ("邻", "mate"),
    ("途", "way"),
    ("轮", "wheel"),
    ("匣", "box"),
    ("川", "river"),
    ("尺", "rule"),
    ("屋", "house"),
    ("灯", "lamp"),
    ("钟", "bell"),
    ("盾", "guard"),
    ("线", "line"),
    ("芽", "sprout"),
    ("湾", "bay"),
];
/// Chinese, English, and the short English of product names.
const INDUSTRIES: [(&str, &str, &str); 20] = [
    ("连锁餐饮", "catering chains", "Catering"),
    ("机械加工", "machine shops", "Machining"),
    ("跨境电商", "cross-border sellers", "Exporters"),
    ("社区医院", "community hospitals", "Hospitals"),
    ("职业院校", "vocational schools", "Colleges"),
    ("冷链配送", "cold-chain carriers", "Carriers"),
    ("家居建材", "home and building supplies", "Homeware"),
    ("律师事务所", "law offices", "Law Firms"),
    ("酒店民宿", "hotels and guesthouses", "Hotels"),
    ("化工园区", "chemical parks", "Chemicals"),
    ("服装鞋帽", "clothing makers", "Apparel"),
    ("物业服务", "property services", "Property"),
    ("广告传媒", "media agencies", "Media"),
    ("汽车后市场", "car workshops", "Car Shops"),
    ("食品加工", "food producers", "Food"),
    ("公益机构", "charities", "Charities"),
    ("电子制造", "electronics makers", "Devices"),
    ("文旅景区", "tourist sites", "Tourism"),
    ("农业合作社", "farm co-operatives", "Farms"),
    ("软件企业", "software firms", "Software"),
];
/// Openings; `{n}` name, `{i}` industry, `{a}` and `{b}` functions.
const OPENINGS: [(&str, &str); 6] = [
    (
        "{n}源于{i}一线的真实需求，把{a}和{b}放进同一个工作台，一线人员打开就会用。",
        "{n} grew out of daily work at {i}. It puts {a} and {b} on one desk that people can use from the first minute.",
    ),
    (
        "在{i}，信息往往散落在表格、聊天记录和抽屉里。{n}用{a}把它们收拢起来，再由{b}推动每一步落地。",
        "At {i}, information is scattered over spreadsheets, chats and drawers. {n} gathers it with {a} and moves each step along with {b}.",
    ),
    (
        "{n}只做好两件事：{a}与{b}。流程按{i}的习惯预置，导入数据当天即可运转。",
        "{n} does two things well: {a} and {b}. Its flows are set up for {i} and run on the day you import your data.",
    ),
    (
        "许多{i}团队告诉我们，最费时间的不是做事，而是找人、找数、找文件。{n}围绕{a}重新安排日常，{b}随手可得。",
        "Many teams at {i} told us that finding people, figures and files takes longer than the work. {n} arranges the day around {a}, with {b} close at hand.",
    ),
    (
        "{n}由熟悉{i}的顾问与工程师共同打磨，以{a}为主线，{b}为支撑，页面少、步骤短。",
        "{n} was shaped by consultants and engineers who know {i}. {a} leads, {b} supports, screens are few and steps short.",
    ),
    (
        "从第一张单据到最后一份报表，{n}陪着{i}走完全程。{a}减少重复录入，{b}让管理者看清进展。",
        "From the first document to the last report, {n} stays beside {i}. {a} spares people typing things twice and {b} shows managers where matters stand.",
    ),
];
const CLOSINGS: [(&str, &str); 5] = [
    (
        "规则可以自己调整，改动当天生效；手机、平板与电脑看到的是同一份数据。",
        "You can change the rules yourselves, with effect the same day; phone, tablet and desktop show the same data.",
    ),
    (
        "历史数据支持整批导入，系统会指出缺失与重复，确认后再入库。",
        "Past data come in as a batch; gaps and duplicates are pointed out and confirmed before they are stored.",
    ),
    (
        "权限细到字段，操作留有记录，交接与审计都有据可查。",
        "Rights reach down to the field and actions are recorded, so hand-overs and audits have their evidence.",
    ),
    (
        "开放接口与常用办公软件打通，消息、日历与组织架构自动同步。",
        "An open interface ties in common office software; messages, calendars and the organisation stay in step.",
    ),
    (
        "每月一次小更新、每季一次大更新，更新说明写给人看，也可以延后安装。",
        "A small update each month and a larger one each quarter, with notes written for people and the choice to wait.",
    ),
];
const SUMMARIES: [(&str, &str); 5] = [
    (
        "面向{i}的{c}软件，含{a}与{b}，当天开通、按月付费。",
        "{c} for {i} with {a} and {b}; ready the same day, paid by the month.",
    ),
    (
        "以{a}为核心的{c}方案，帮助{i}减少重复劳动、看清每一步进展。",
        "{c} built around {a}; helps {i} stop doing things twice and see every step.",
    ),
    (
        "{i}常用的{c}工具：{a}、{b}，手机电脑同步使用。",
        "The everyday {c} tool of {i}: {a} and {b}, in step on phone and desktop.",
    ),
    (
        "轻量的{c}服务，{i}无需专人维护，{b}开箱即用。",
        "A light service for {c} at {i}: no dedicated staff needed, and {b} works out of the box.",
    ),
    (
        "把{a}、{b}与报表合在一处的{c}平台，为{i}的多地团队设计。",
        "A {c} platform joining {a}, {b} and reports, for teams of {i} in several places.",
    ),
];
const SCHEMES: [(&str, u64, u64); 6] = [
    ("seats", 59, 420),
    ("freemium", 49, 260),
    ("buyout", 120, 990),
    ("capacity", 99, 690),
    ("single", 39, 320),
    ("stores", 99, 980),
];
/// Coprime to the number of names, so consecutive products look unrelated.
const STRIDE: u64 = 1_299_709;

/// Iterator of benchmark products; see [`synthetic_products`].
pub struct Synthetic {
    library: &'static Library,
    leaves: Vec<(usize, String, Text)>,
    pools: Vec<Pool>,
    next: u64,
    count: u64,
    seller_count: u64,
    seed: u64,
}

/// Functions and highlights of the products whose main leaf is in one group.
#[derive(Default)]
struct Pool {
    functions: Vec<&'static [String; 4]>,
    highlights: Vec<&'static [String; 4]>,
}

/// `n` believable bilingual products with unique keys (`bench-0000001`) and
/// unique names, of sellers `bench-seller-0001` … up to `seller_count` (at
/// least one). The same arguments give the same products; nothing is kept, so
/// a million of them need no memory. Names repeat with a number after about
/// two million.
pub fn synthetic_products(n: usize, seller_count: usize, seed: u64) -> Synthetic {
    let library = library();
    let mut leaves = Vec::new();
    let mut pools = Vec::new();
    for (index, group) in library.groups.iter().enumerate() {
        leaves.extend(group.leaves.iter().map(|leaf| (index, leaf.0.clone(), Text::new(&leaf.1, &leaf.2))));
        let mut pool = Pool::default();
        let own =
            |raw: &&RawProduct| raw.cats.first().is_some_and(|main| group.leaves.iter().any(|leaf| &leaf.0 == main));
        for raw in library.products.iter().filter(own) {
            pool.functions.extend(raw.functions.iter());
            pool.highlights.extend(raw.highlights.iter());
        }
        pools.push(pool);
    }
    let seller_count = (seller_count as u64).max(1);
    Synthetic { library, leaves, pools, next: 0, count: n as u64, seller_count, seed }
}

impl Iterator for Synthetic {
    type Item = Product;

    fn next(&mut self) -> Option<Product> {
        if self.next >= self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let (raw, seller) = self.draft(index);
        compose::product(self.library, &seller, &raw).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.count - self.next).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

/// What the index of a product decides, so that names never meet.
struct Parts {
    leaf: usize,
    brand: Text,
    industry: Text,
    short: &'static str,
    /// How often all names have been used up before.
    round: u64,
}

impl Synthetic {
    fn parts(&self, index: u64) -> Parts {
        let sizes = [self.leaves.len(), INDUSTRIES.len(), HEADS.len(), TAILS.len()].map(|size| size as u64);
        let names: u64 = sizes.iter().product();
        let mut rest = ((index % names) * STRIDE + self.seed % names) % names;
        let mut digit = |size: u64| {
            let value = rest % size;
            rest /= size;
            usize::try_from(value).unwrap_or(0)
        };
        let (leaf, industry) = (digit(sizes[0]), INDUSTRIES[digit(sizes[1])]);
        let (head, tail) = (HEADS[digit(sizes[2])], TAILS[digit(sizes[3])]);
        Parts {
            leaf,
            brand: Text::new(format!("{}{}", head.0, tail.0), format!("{}{}", head.1, tail.1)),
            industry: Text::new(industry.0, industry.1),
            short: industry.2,
            round: index / names,
        }
    }

    fn draft(&self, index: u64) -> (RawProduct, String) {
        let mut dice = Dice::new(self.seed ^ index.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let parts = self.parts(index);
        let (group, leaf_id, leaf) = &self.leaves[parts.leaf];
        let functions = distinct(&mut dice, &self.pools[*group].functions, 4);
        let highlights = distinct(&mut dice, &self.pools[*group].highlights, 3);
        let number = if parts.round == 0 { String::new() } else { format!(" {}", parts.round + 1) };
        let name = Text::new(
            format!("{}{}（{}版）{number}", parts.brand.zh, leaf.zh, parts.industry.zh),
            format!("{} {} for {}{number}", parts.brand.en, leaf.en, parts.short),
        );
        let words = Words { name: &parts.brand, leaf, industry: &parts.industry, functions: &functions };
        let (scheme, low, high) = SCHEMES[dice.below(SCHEMES.len())];
        let span = usize::try_from(high - low).unwrap_or(1);
        let opening = words.fill(OPENINGS[dice.below(OPENINGS.len())]);
        let closing = words.fill(CLOSINGS[dice.below(CLOSINGS.len())]);
        let tags: Vec<&String> = self.library.tags.keys().collect();
        let raw = RawProduct {
            key: format!("bench-{:07}", index + 1),
            version: format!("V{}.{}", dice.between(1, 8), dice.between(0, 9)),
            cats: vec![leaf_id.clone()],
            tags: distinct(&mut dice, &tags, 2),
            summary: words.fill(SUMMARIES[dice.below(SUMMARIES.len())]),
            intro: Text::new(opening.zh + &closing.zh, format!("{} {}", opening.en, closing.en)),
            scene: Text::new(
                format!("{}的{}工作", parts.industry.zh, leaf.zh),
                format!("{} at {}", lower(&leaf.en), parts.industry.en),
            ),
            functions,
            highlights,
            scheme: scheme.to_owned(),
            month: low + dice.below(span) as u64,
            trial: dice.pick(&[None, None, Some(7), Some(15), Some(30)]).copied().flatten(),
            service: match dice.below(20) {
                0 => SellerService::Faulty,
                1 | 2 => SellerService::Asynchronous,
                _ => SellerService::Instant,
            },
            cases: Vec::new(),
            name,
        };
        (raw, format!("bench-seller-{:04}", index % self.seller_count + 1))
    }
}

/// Up to `count` different items in an order of their own.
fn distinct<T: Clone>(dice: &mut Dice, from: &[&T], count: usize) -> Vec<T> {
    let mut indices: Vec<usize> = (0..from.len()).collect();
    let take = count.min(indices.len());
    for place in 0..take {
        let other = place + dice.below(indices.len() - place);
        indices.swap(place, other);
    }
    indices[..take].iter().map(|&index| from[index].clone()).collect()
}

fn lower(text: &str) -> String {
    // "IT service desk" and "CRM" keep their capitals.
    if text.chars().nth(1).is_some_and(char::is_uppercase) { text.to_owned() } else { text.to_lowercase() }
}

struct Words<'a> {
    name: &'a Text,
    leaf: &'a Text,
    industry: &'a Text,
    functions: &'a [[String; 4]],
}

impl Words<'_> {
    fn fill(&self, (zh, en): (&str, &str)) -> Text {
        let function = |index: usize, column: usize| self.functions.get(index).map_or("", |row| row[column].as_str());
        let zh = zh
            .replace("{n}", &self.name.zh)
            .replace("{i}", &self.industry.zh)
            .replace("{c}", &self.leaf.zh)
            .replace("{a}", function(0, 0))
            .replace("{b}", function(1, 0));
        // A slot that begins a sentence keeps its capital.
        let mut filled = String::with_capacity(en.len() * 2);
        let mut rest = en;
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            let word = match rest.get(at..at + 3) {
                Some("{n}") => self.name.en.clone(),
                Some("{i}") => self.industry.en.clone(),
                Some("{c}") => lower(&self.leaf.en),
                Some("{a}") => function(0, 2).to_owned(),
                _ => function(1, 2).to_owned(),
            };
            if filled.is_empty() || filled.ends_with(". ") {
                let mut letters = word.chars();
                filled.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                filled.push_str(letters.as_str());
            } else {
                filled.push_str(&word);
            }
            rest = rest.get(at + 3..).unwrap_or("");
        }
        filled.push_str(rest);
        Text::new(zh, filled)
    }
}
