//! The other way to walk a node: many documents at once.
//!
//! Where a good part of all documents match, filling an array per posting list
//! and combining arrays is several times faster than stepping all lists
//! together.

use tantivy::{DocId, DocSet};

use super::node::{Node, Sum};
use super::weight::PER_WORD;

/// Documents of a window.
pub(crate) const WINDOW: usize = 4_096;

/// Per document 0 for no match, else score plus one.
pub(crate) type Scores = Vec<u32>;

/// Arrays to use again.
pub(crate) type Pool = Vec<Scores>;

impl Node {
    /// Fills `out` for the documents from `base` on. Windows must be asked for
    /// in ascending order, and a node walked this way cannot be stepped.
    pub(crate) fn fill(&mut self, base: DocId, out: &mut Scores, pool: &mut Pool) {
        match self {
            Self::Leaf { postings, worth } => {
                out.clear();
                out.resize(WINDOW, 0);
                let end = base + WINDOW as DocId;
                let mut doc = postings.doc();
                while doc < end {
                    if doc >= base {
                        out[(doc - base) as usize] = worth.of(postings) + 1;
                    }
                    doc = postings.advance();
                }
            }
            Self::Or { children, .. } => combine(children, base, out, pool, u32::max),
            Self::And { children, sum, .. } => match sum {
                Sum::All => combine(children, base, out, pool, |a, b| match (a, b) {
                    (0, _) | (_, 0) => 0,
                    (a, b) => a + b - 1,
                }),
                Sum::Weakest => {
                    combine(children, base, out, pool, u32::min);
                    for score in out.iter_mut().filter(|score| **score > 0) {
                        *score = Sum::weaken(*score - 1) + 1;
                    }
                }
            },
            Self::Any { children, .. } => {
                let mut own = pool.pop().unwrap_or_default();
                out.clear();
                out.resize(WINDOW, 0);
                for child in children {
                    child.fill(base, &mut own, pool);
                    for (sum, score) in out.iter_mut().zip(&own).filter(|(_, s)| **s > 0) {
                        *sum = (*sum).max(1) + PER_WORD + score - 1;
                    }
                }
                pool.push(own);
            }
        }
    }
}

fn combine(children: &mut [Node], base: DocId, out: &mut Scores, pool: &mut Pool, both: impl Fn(u32, u32) -> u32) {
    let Some((first, rest)) = children.split_first_mut() else {
        return;
    };
    first.fill(base, out, pool);
    let mut other = pool.pop().unwrap_or_default();
    for child in rest {
        child.fill(base, &mut other, pool);
        for (a, b) in out.iter_mut().zip(&other) {
            *a = both(*a, *b);
        }
    }
    pool.push(other);
}

#[cfg(test)]
mod tests {
    use tantivy::TERMINATED;

    use super::super::node::tests::leaf;
    use super::*;

    fn stepped(mut node: Node) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        while node.doc() != TERMINATED {
            found.push((node.doc(), node.score()));
            node.advance();
        }
        found
    }

    fn filled(mut node: Node) -> Vec<(u32, u32)> {
        let (mut out, mut pool, mut found) = (Scores::new(), Pool::new(), Vec::new());
        for base in [0, WINDOW as u32, 2 * WINDOW as u32] {
            node.fill(base, &mut out, &mut pool);
            let matches = out.iter().zip(base..).filter(|(score, _)| **score > 0);
            found.extend(matches.map(|(score, doc)| (doc, score - 1)));
        }
        found
    }

    fn nested(kind: usize) -> Node {
        let a = || leaf(&[0, 2, 4_095, 4_096, 9_000], 10);
        let b = || leaf(&[2, 3, 4_096, 9_000, 9_001], 30);
        let c = || leaf(&[3, 4_095, 9_000], 70);
        match kind {
            0 => Node::or(vec![a(), b(), c()]),
            1 => Node::and(vec![Node::or(vec![a(), c()]), b()], Sum::All),
            2 => Node::any(vec![a(), Node::and(vec![b(), c()], Sum::Weakest)]),
            _ => Node::and(vec![a(), b(), c()], Sum::Weakest),
        }
    }

    #[test]
    fn both_ways_find_the_same() {
        for kind in 0..4 {
            let found = stepped(nested(kind));
            assert!(!found.is_empty());
            assert_eq!(filled(nested(kind)), found, "kind {kind}");
        }
    }
}
