//! Search with counts of every facet, over growing shelves.

use super::Plan;
use super::data::{self, Base, Vocabulary};
use super::http::{encoded, get};
use super::load::{self, Outcome, Random, Samples};
use super::machine;
use super::report::{Row, Section};
use super::server::{Place, Server};
use super::shop::CONNECTIONS;
use crate::wiring;
use search::{Language, ProductIndex, SearchRequest};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A query of one or two words in one language. With some hundred words in each language there are
/// far more queries than the cache of results holds.
fn query(words: &Vocabulary, random: &mut Random) -> (String, Language) {
    let (list, language) = if random.below(2) == 0 { (&words.zh, Language::Zh) } else { (&words.en, Language::En) };
    let mut text = random.pick(list).clone();
    if random.below(2) == 0 {
        text.push(' ');
        text.push_str(random.pick(list.as_slice()).as_str());
    }
    (text, language)
}

/// The engine alone, called directly by as many threads as there are processors, without its cache.
fn engine(folder: &Path, words: &Arc<Vocabulary>, time: Duration) -> Result<Outcome, String> {
    let options = search::OpenOptions { cached_results: 0, ..wiring::index_options() };
    let index = ProductIndex::open(folder.join("index"), &options).map_err(|e| e.to_string())?;
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let begin = Instant::now();
    let all: Vec<Samples> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let (index, words) = (&index, words.clone());
                scope.spawn(move || {
                    let (mut samples, mut random) = (Samples::default(), Random::new(91 + number as u64));
                    while begin.elapsed() < time {
                        let (text, language) = query(&words, &mut random);
                        let begun = Instant::now();
                        match index.search(&SearchRequest::new(text, language)) {
                            Ok(_) => samples.done(begun.elapsed()),
                            Err(e) => samples.failed(e.to_string()),
                        }
                    }
                    samples
                })
            })
            .collect();
        workers.into_iter().filter_map(|w| w.join().ok()).collect()
    });
    Ok(Outcome::gather(all, begin.elapsed()))
}

async fn size(
    plan: &Plan,
    place: &Place,
    count: usize,
    words: &Arc<Vocabulary>,
    section: &mut Section,
) -> Result<(), String> {
    let (folder, given, time) = (place.folder.clone(), words.clone(), plan.time);
    let alone =
        tokio::task::spawn_blocking(move || engine(&folder, &given, time)).await.map_err(|e| e.to_string())??;
    section.add(Row::rate(format!("{count} products: engine alone"), &alone));
    let server = Server::start(place, false).await?;
    for (what, path, connections) in [
        ("page /search?q=", "/search?q=", CONNECTIONS),
        ("API", "/api/v1/products?limit=20&q=", CONNECTIONS),
        ("page, 2 connections", "/search?q=", 2),
    ] {
        let words = words.clone();
        let outcome = load::http(&server, connections, plan.time, move |random| {
            let (text, language) = query(&words, random);
            let accept = if language == Language::Zh { "zh-CN" } else { "en" };
            get(&format!("{path}{}", encoded(&text)), &format!("accept-language: {accept}\r\n"))
        })
        .await;
        let row = Row::rate(format!("{count} products: {what}"), &outcome).bound(alone.rate(), "/s", "engine alone");
        section.add(match count {
            0..=50_000 if connections > 2 => row.at_least(1000.0).within(99, 25.0),
            50_001..=500_000 => row.within(99, 25.0),
            500_001.. if connections > 2 => row.at_least(300.0),
            _ => row,
        });
    }
    let memory = machine::memory(server.process());
    let row = Row::figure(format!("{count} products: resident afterwards"), memory.resident, "MiB");
    section.add(row.bound(memory.anonymous, " MiB", "of it anonymous"));
    server.stop().await;
    Ok(())
}

/// Row 2: the market's own index, then indexes of other sizes beside the same database.
pub(super) async fn measure(plan: &Plan, base: &Base) -> Result<Section, String> {
    let words = Arc::new(data::vocabulary());
    let mut section = Section::new(
        "Search with facet counts",
        format!(
            "Queries of one or two words drawn from {} Chinese and {} English words of the data, so that the cache of \
             results seldom helps; {CONNECTIONS} connections. The engine alone is called by one thread for each core, \
             without its cache, and also highlights and reads the cards.",
            words.zh.len(),
            words.en.len()
        ),
    );
    size(plan, &base.place, base.products.len(), &words, &mut section).await?;
    for count in &plan.search_sizes {
        eprintln!("  building an index of {count} products");
        let folder = plan.folder.join(format!("search-{count}"));
        let begun = Instant::now();
        data::build_index(base, &folder, *count, plan.sellers.max(count / 120)).await?;
        let took = begun.elapsed().as_secs_f64();
        section.add(Row::figure(format!("{count} products: building the index"), took, "s"));
        let place = Place { url: base.place.url.clone(), folder: folder.clone() };
        size(plan, &place, *count, &words, &mut section).await?;
        let _ = std::fs::remove_dir_all(&folder);
    }
    Ok(section)
}
