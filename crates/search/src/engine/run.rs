//! One pass over a snapshot: counts per signature and the best documents.

use std::cell::OnceCell;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tantivy::{DocAddress, DocId, SegmentReader, TERMINATED};

use super::columns::{After, Columns};
use super::facets;
use super::node::{Node, Worth};
use super::plan::{self, Plan};
use super::snapshot::{Snapshot, is_alive};
use super::weight::EXACT_NAME;
use super::window::{Pool, WINDOW};
use crate::cursor::Position;
use crate::request::{Facets, SearchRequest, Sort};
use crate::schema::price_key;

/// With at least one match in so many documents a segment is read in windows.
const DENSE: u64 = 16;

/// A document of the result.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) score: u32,
    pub(crate) key: u64,
    pub(crate) address: DocAddress,
}

/// Outcome of a pass.
pub(crate) struct Found {
    /// The best documents, best first.
    pub(crate) best: Vec<Candidate>,
    pub(crate) total: u64,
    /// Documents that match before the facet filters.
    pub(crate) matched: u64,
    pub(crate) facets: Facets,
}

/// What a pass looks for.
struct Pass<'a> {
    request: &'a SearchRequest,
    plan: &'a Plan,
    relaxed: bool,
    position: Option<&'a Position>,
    /// Documents wanted.
    wanted: usize,
    failures: Vec<u8>,
    /// Inclusive bounds of the price key.
    prices: Option<(u64, u64)>,
}

/// Finds the `wanted` best documents behind `position`, and counts all.
pub(crate) fn run(
    snapshot: &Snapshot,
    request: &SearchRequest,
    plan: &Plan,
    relaxed: bool,
    position: Option<&Position>,
    wanted: usize,
) -> tantivy::Result<Found> {
    let pass = Pass {
        request,
        plan,
        relaxed,
        position,
        wanted,
        failures: facets::failures(&snapshot.registry, request),
        prices: price_bounds(request),
    };
    let browse = plan.words.is_empty() && request.seller_id.is_none() && pass.prices.is_none();
    let mut own_counts = Vec::new();
    let mut best = Vec::new();
    if !browse {
        own_counts = vec![0; snapshot.counts.len()];
    }
    for at in 0..snapshot.columns.len() {
        if plan.hopeless {
            own_counts = vec![0; snapshot.counts.len()];
            break;
        }
        let segment = Walk::new(snapshot, &pass, at)?;
        best.extend(match browse {
            true => segment.browse(),
            false => segment.scan(snapshot, &mut own_counts)?,
        });
    }
    let counts = match browse && !plan.hopeless {
        true => &snapshot.counts,
        false => &own_counts,
    };
    Ok(Found {
        best: merge(snapshot, best, wanted)?,
        total: facets::total(counts, &pass.failures),
        matched: counts.iter().map(|count| u64::from(*count)).sum(),
        facets: facets::facets(&snapshot.registry, counts, &pass.failures),
    })
}

fn price_bounds(request: &SearchRequest) -> Option<(u64, u64)> {
    if request.price_min_e8.is_none() && request.price_max_e8.is_none() {
        return None;
    }
    let low = price_key(Some(request.price_min_e8.unwrap_or(0)));
    let high = match request.price_max_e8 {
        Some(price) if price < 0 => 0,
        Some(price) => price_key(Some(price)),
        None => u64::MAX,
    };
    Some((low, high))
}

/// One segment of a pass.
struct Walk<'a> {
    pass: &'a Pass<'a>,
    reader: &'a SegmentReader,
    columns: &'a Columns,
    ord: u32,
    after: Option<After>,
    /// Best documents so far, the worst on top.
    heap: BinaryHeap<Reverse<Ranked>>,
}

/// Greater is better.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    score: u32,
    key: u64,
    id_ord: Reverse<u64>,
    doc: DocId,
}

impl<'a> Walk<'a> {
    fn new(snapshot: &'a Snapshot, pass: &'a Pass<'a>, at: usize) -> tantivy::Result<Self> {
        let columns = &*snapshot.columns[at];
        let after = match pass.position {
            Some(position) => Some(After {
                score: position.score,
                key: position.key,
                first_ord: columns.first_ord_after(&position.product_id)?,
            }),
            None => None,
        };
        Ok(Self {
            pass,
            reader: &snapshot.searcher.segment_readers()[at],
            columns,
            ord: at as u32,
            after,
            heap: BinaryHeap::new(),
        })
    }

    fn passes(&self, doc: DocId) -> bool {
        self.pass.failures[self.columns.signatures[doc as usize] as usize] == 0
    }

    fn candidate(&self, score: u32, key: u64, doc: DocId) -> Candidate {
        Candidate { score, key, address: DocAddress::new(self.ord, doc) }
    }

    /// Nothing but facet filters: walks along the sort order until enough.
    fn browse(self) -> Vec<Candidate> {
        let sort = self.pass.request.sort;
        let order = self.columns.order(sort);
        let start = match &self.after {
            Some(after) => {
                order.partition_point(|doc| !self.columns.is_after(after, 0, self.columns.key(sort, *doc), *doc))
            }
            None => 0,
        };
        order[start..]
            .iter()
            .filter(|doc| self.passes(**doc) && is_alive(self.reader, **doc))
            .take(self.pass.wanted)
            .map(|doc| self.candidate(0, self.columns.key(sort, *doc), *doc))
            .collect()
    }

    /// Looks at every matching document.
    fn scan(mut self, snapshot: &Snapshot, counts: &mut [u32]) -> tantivy::Result<Vec<Candidate>> {
        let pass = self.pass;
        let fields = &snapshot.fields;
        let seller = match &pass.request.seller_id {
            Some(id) => match plan::leaf(self.reader, fields.seller, id, Worth::Fixed(0))? {
                Some(node) => Some(node),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        if pass.plan.words.is_empty() {
            match seller {
                Some(node) => self.scan_node(node, None, None, counts),
                None => self.scan_windows(None, None, counts),
            }
        } else if let Some(node) = pass.plan.node(self.reader, fields, pass.relaxed)? {
            let exact = pass.plan.exact(self.reader, fields)?;
            let dense = node.cost() * DENSE > u64::from(self.reader.max_doc());
            if dense && seller.is_none() {
                self.scan_windows(Some(node), exact, counts);
            } else {
                self.scan_node(node, seller, exact, counts);
            }
        }
        let found = std::mem::take(&mut self.heap).into_sorted_vec();
        Ok(found.into_iter().map(|Reverse(ranked)| self.candidate(ranked.score, ranked.key, ranked.doc)).collect())
    }

    fn scan_node(&mut self, mut node: Node, mut seller: Option<Node>, mut exact: Option<Node>, counts: &mut [u32]) {
        let scored = self.pass.request.sort == Sort::Relevance && !self.pass.plan.words.is_empty();
        let mut doc = node.doc();
        while doc != TERMINATED {
            if let Some(seller) = &mut seller {
                let other = seller.seek(doc);
                if other != doc {
                    doc = node.seek(other);
                    continue;
                }
            }
            if is_alive(self.reader, doc) && self.price_fits(doc) {
                let signature = self.columns.signatures[doc as usize] as usize;
                counts[signature] += 1;
                if self.pass.failures[signature] == 0 {
                    let mut score = 0;
                    if scored {
                        score = node.score();
                        if exact.as_mut().is_some_and(|exact| exact.seek(doc) == doc) {
                            score += EXACT_NAME;
                        }
                    }
                    self.offer(score, doc);
                }
            }
            doc = node.advance();
        }
    }

    fn price_fits(&self, doc: DocId) -> bool {
        self.pass.prices.is_none_or(|(low, high)| {
            let price = self.columns.price.all()[doc as usize];
            low <= price && price <= high
        })
    }

    /// Reads the segment window by window; without a node all documents match.
    fn scan_windows(&mut self, mut node: Option<Node>, mut exact: Option<Node>, counts: &mut [u32]) {
        let sort = self.pass.request.sort;
        let scored = sort == Sort::Relevance && node.is_some();
        let (mut scores, mut pool) = (vec![0; WINDOW], Pool::new());
        let end = self.columns.signatures.len();
        for base in (0..end).step_by(WINDOW) {
            let length = WINDOW.min(end - base);
            match &mut node {
                Some(node) => node.fill(base as DocId, &mut scores, &mut pool),
                None => scores.fill(1),
            }
            if let Some((low, high)) = self.pass.prices {
                let prices = &self.columns.price.all()[base..base + length];
                for (score, price) in scores.iter_mut().zip(prices) {
                    *score *= u32::from(low <= *price && *price <= high);
                }
            }
            for (offset, score) in scores[..length].iter().enumerate() {
                let doc = (base + offset) as DocId;
                if *score == 0 || !is_alive(self.reader, doc) {
                    continue;
                }
                let signature = self.columns.signatures[doc as usize] as usize;
                counts[signature] += 1;
                if self.pass.failures[signature] != 0 {
                    continue;
                }
                let mut points = 0;
                if scored {
                    let whole = exact.as_mut().is_some_and(|exact| exact.seek(doc) == doc);
                    points = score - 1 + if whole { EXACT_NAME } else { 0 };
                }
                self.offer(points, doc);
            }
        }
    }

    /// Keeps a document if it is among the best.
    #[inline]
    fn offer(&mut self, score: u32, doc: DocId) {
        // Most documents are out by score alone; their key need not be read.
        if self.is_full() && score < self.worst().0 {
            return;
        }
        let key = self.columns.key(self.pass.request.sort, doc);
        let full = self.is_full();
        if full && (score, key) < self.worst() {
            return;
        }
        if let Some(after) = &self.after
            && !self.columns.is_after(after, score, key, doc)
        {
            return;
        }
        self.heap.push(Reverse(Ranked { score, key, id_ord: Reverse(self.columns.id_ord(doc)), doc }));
        if full {
            self.heap.pop();
        }
    }

    fn is_full(&self) -> bool {
        self.heap.len() >= self.pass.wanted
    }

    fn worst(&self) -> (u32, u64) {
        let worst = self.heap.peek();
        worst.map_or((0, 0), |Reverse(worst)| (worst.score, worst.key))
    }
}

/// Brings the best of all segments into one order.
fn merge(snapshot: &Snapshot, found: Vec<Candidate>, wanted: usize) -> tantivy::Result<Vec<Candidate>> {
    struct Entry {
        candidate: Candidate,
        id: OnceCell<String>,
    }
    let failure: OnceCell<std::io::Error> = OnceCell::new();
    let id = |entry: &Entry| -> String {
        let address = entry.candidate.address;
        let columns = &snapshot.columns[address.segment_ord as usize];
        columns.id(columns.id_ord(address.doc_id)).unwrap_or_else(|error| {
            let _ = failure.set(error);
            String::new()
        })
    };
    let mut entries: Vec<Entry> = found.into_iter().map(|candidate| Entry { candidate, id: OnceCell::new() }).collect();
    if snapshot.columns.len() > 1 {
        entries.sort_by(|a, b| {
            let (x, y) = (&a.candidate, &b.candidate);
            (y.score, y.key).cmp(&(x.score, x.key)).then_with(|| {
                if x.address.segment_ord == y.address.segment_ord {
                    // A stable sort keeps the order within a segment.
                    let columns = &snapshot.columns[x.address.segment_ord as usize];
                    let ord = |c: &Candidate| columns.id_ord(c.address.doc_id);
                    return ord(x).cmp(&ord(y));
                }
                let compared: Ordering = a.id.get_or_init(|| id(a)).cmp(b.id.get_or_init(|| id(b)));
                compared
            })
        });
    }
    if let Some(error) = failure.into_inner() {
        return Err(error.into());
    }
    entries.truncate(wanted);
    Ok(entries.into_iter().map(|entry| entry.candidate).collect())
}
