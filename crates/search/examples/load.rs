//! Load test: fills an index with synthetic bilingual products and measures
//! queries per second, p50, p99 and resident memory.
//!
//! `cargo run --release -p search --example load -- --docs 12000 --threads 1 --seconds 3`

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use search::{Change, Language, LocalizedText, OpenOptions, ProductDoc, ProductIndex, SearchRequest, Sort};

const NOUNS: [(&str, &str); 24] = [
    ("财务", "Finance"),
    ("客户", "Customer"),
    ("人事", "Staff"),
    ("仓储", "Warehouse"),
    ("采购", "Purchasing"),
    ("办公", "Office"),
    ("合同", "Contract"),
    ("安全", "Security"),
    ("数据", "Data"),
    ("物流", "Logistics"),
    ("营销", "Marketing"),
    ("项目", "Project"),
    ("质量", "Quality"),
    ("生产", "Production"),
    ("教育", "Education"),
    ("医疗", "Medical"),
    ("电商", "Commerce"),
    ("审批", "Approval"),
    ("备份", "Backup"),
    ("监控", "Monitoring"),
    ("会议", "Meeting"),
    ("发票", "Invoice"),
    ("工单", "Ticket"),
    ("门店", "Shop"),
];
const TYPES: [(&str, &str); 8] = [
    ("软件", "Software"),
    ("系统", "System"),
    ("平台", "Platform"),
    ("服务", "Service"),
    ("工具", "Toolkit"),
    ("助手", "Assistant"),
    ("套件", "Suite"),
    ("网关", "Gateway"),
];
const ACCESS: [&str; 5] = ["SAAS", "IMAGE", "MANUAL", "LICENSE", "API"];
const MODES: [&str; 4] = ["MONTHLY", "YEARLY", "ONE_TIME", "PAY_PER_USE"];

/// SplitMix64: repeatable numbers without a dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

fn product(number: u64) -> ProductDoc {
    let random = &mut Random(number);
    let (noun, other, kind) = (random.pick(&NOUNS), random.pick(&NOUNS), random.pick(&TYPES));
    let serial = random.below(100_000);
    let seller = random.below(2_000);
    let (root, leaf) = (random.below(12), random.below(10));
    let mut zh = String::new();
    let mut en = String::new();
    for _ in 0..12 {
        let (a, b) = (random.pick(&NOUNS), random.pick(&TYPES));
        zh.push_str(&format!("支持{}管理与{}对接，", a.0, b.0));
        en.push_str(&format!("supports {} management and {} integration, ", a.1, b.1));
    }
    let first = random.below(4) as usize;
    ProductDoc {
        product_id: format!("prd-{number:09}"),
        seller_id: format!("sel-{seller:05}"),
        seller_name: LocalizedText::new(format!("云端{seller}科技"), format!("Vendor {seller} Tech")),
        name: LocalizedText::new(
            format!("{}{}管理{} V{serial}", noun.0, other.0, kind.0),
            format!("{} {} {} V{serial}", noun.1, other.1, kind.1),
        ),
        summary: LocalizedText::new(
            format!("面向企业的{}{}", noun.0, kind.0),
            format!("{} {} for enterprises", noun.1, kind.1),
        ),
        tags: vec![LocalizedText::new(noun.0, noun.1), LocalizedText::new(kind.0, kind.1)],
        body: LocalizedText::new(zh, en),
        category_path: vec![format!("cat-{root}"), format!("cat-{root}-{leaf}")],
        category_names: vec![
            LocalizedText::new(format!("行业{root}"), format!("Industry {root}")),
            LocalizedText::new(format!("领域{leaf}"), format!("Field {leaf}")),
        ],
        access_type: (*random.pick(&ACCESS)).to_owned(),
        billing_modes: vec![MODES[first].to_owned(), MODES[(first + 1) % 4].to_owned()],
        lowest_price_e8: (random.below(10) > 0).then(|| random.below(1_000_000) as i64 * 1_000_000),
        currency: "CNY".to_owned(),
        has_trial: random.below(3) == 0,
        has_free: random.below(8) == 0,
        rating_x100: random.below(501) as u32,
        sales: random.below(100_000),
        published_at_micros: 1_700_000_000_000_000 + random.below(1 << 40) as i64,
        card: serde_json::json!({ "slug": format!("prd-{number}"), "logo": "/media/logo.png" }),
    }
}

fn language(random: &mut Random) -> Language {
    *random.pick(&[Language::Zh, Language::En])
}

fn word(random: &mut Random, language: Language) -> &'static str {
    let word = random.pick(&NOUNS);
    match language {
        Language::Zh => word.0,
        Language::En => word.1,
    }
}

fn request(kind: &str, random: &mut Random) -> SearchRequest {
    let language = language(random);
    let mut text = String::new();
    if kind != "browse" && kind != "price browse" {
        text.push_str(word(random, language));
    }
    if kind == "two words" {
        text.push(' ');
        text.push_str(word(random, language));
    }
    let mut request = SearchRequest::new(text, language);
    match kind {
        "browse" => {
            request.category = Some(format!("cat-{}", random.below(12)));
            let sorts = [Sort::Relevance, Sort::Newest, Sort::Rating, Sort::PriceAsc];
            request.sort = *random.pick(&sorts);
            request.page = 1 + random.below(3) as usize;
        }
        "filtered" => {
            request.access_types = vec![(*random.pick(&ACCESS)).to_owned()];
            request.billing_modes = vec![(*random.pick(&MODES)).to_owned()];
            request.has_trial = Some(true);
            request.price_max_e8 = Some(500_000_000_000);
            request.sort = Sort::PriceAsc;
        }
        "price browse" => request.price_max_e8 = Some(random.below(900_000) as i64 * 1_000_000),
        _ => {}
    }
    request
}

fn one(index: &ProductIndex, kind: &str, random: &mut Random) -> Result<usize, String> {
    if kind == "suggest" {
        let language = language(random);
        let word = word(random, language);
        let cut = word.chars().count().min(1 + random.below(3) as usize);
        let prefix: String = word.chars().take(cut).collect();
        let found = index.suggest(&prefix, language, 10);
        return found.map(|found| found.len()).map_err(|e| e.to_string());
    }
    let found = index.search(&request(kind, random));
    found.map(|found| found.hits.len()).map_err(|e| e.to_string())
}

fn measure(index: &ProductIndex, kind: &str, threads: u64, time: Duration) -> Result<(), String> {
    let hits = AtomicU64::new(0);
    // Not measured: orders and pages of a new index are made at first use.
    for number in 0..20 {
        one(index, kind, &mut Random(number))?;
    }
    let start = Instant::now();
    let mut times = std::thread::scope(|scope| -> Result<Vec<Duration>, String> {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let hits = &hits;
                scope.spawn(move || -> Result<Vec<Duration>, String> {
                    let mut random = Random(number + 77);
                    let mut times = Vec::new();
                    while start.elapsed() < time {
                        let begin = Instant::now();
                        hits.fetch_add(one(index, kind, &mut random)? as u64, Ordering::Relaxed);
                        times.push(begin.elapsed());
                    }
                    Ok(times)
                })
            })
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().map_err(|_| "a worker failed".to_owned())??);
        }
        Ok(all)
    })?;
    let elapsed = start.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!(
        "{kind:<13} {:>9.0}/s   p50 {:>9.2?}   p99 {:>9.2?}   hits/query {:.1}",
        times.len() as f64 / elapsed,
        at(50),
        at(99),
        hits.into_inner() as f64 / times.len() as f64,
    );
    Ok(())
}

fn memory(label: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("RssAnon"));
    let text: Vec<String> = lines.map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    println!("memory {label}: {}", text.join(", "));
}

fn flag(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn load(dir: &std::path::Path) -> Result<(), String> {
    let (docs, threads) = (flag("--docs", 12_000), flag("--threads", 1));
    let time = Duration::from_secs(flag("--seconds", 3));
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let uncached = OpenOptions { cached_results: 0, ..OpenOptions::default() };
    memory("at start");
    let index = ProductIndex::open(dir, &uncached).map_err(|e| text(&e))?;
    memory("empty index");
    let start = Instant::now();
    index.rebuild((0..docs).map(product), 1).map_err(|e| text(&e))?;
    println!("rebuild of {docs} products: {:.1?}", start.elapsed());
    memory("after rebuild");
    let start = Instant::now();
    let changes: Vec<Change> = (0..50).map(|n| Change::Put(Box::new(product(n * 7)))).collect();
    index.apply(&changes, 2).map_err(|e| text(&e))?;
    println!("50 changes: {:.1?}", start.elapsed());
    drop(index);
    let start = Instant::now();
    let index = ProductIndex::open(dir, &uncached).map_err(|e| text(&e))?;
    println!("reopening: {:.1?}", start.elapsed());
    println!("{threads} thread(s), without result cache:");
    for kind in ["browse", "one word", "two words", "filtered", "price browse", "suggest"] {
        measure(&index, kind, threads, time)?;
    }
    memory("after queries");
    drop(index);
    let index = ProductIndex::open(dir, &OpenOptions::default()).map_err(|e| text(&e))?;
    println!("with result cache:");
    for kind in ["browse", "one word"] {
        measure(&index, kind, threads, time)?;
    }
    memory("at end");
    Ok(())
}

fn main() -> ExitCode {
    let dir = std::env::temp_dir().join(format!("search-load-{}", std::process::id()));
    let outcome = load(&dir);
    let _ = std::fs::remove_dir_all(&dir);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
