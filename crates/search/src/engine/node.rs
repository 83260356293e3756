//! Posting lists combined by "and" and "or", walked document by document.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, TERMINATED};

use super::weight::{CODES, PER_WORD};

/// Worth of a posting.
#[derive(Clone, Copy)]
pub(crate) enum Worth {
    /// By the place code in the term frequency.
    ByPlace(&'static [u32; CODES]),
    /// The same everywhere.
    Fixed(u32),
}

/// How an "and" scores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sum {
    /// Words of the query: the sum of all.
    All,
    /// Parts of one word: a little less than the worst part.
    Weakest,
}

impl Worth {
    /// Score of the current posting.
    #[inline]
    pub(crate) fn of(self, postings: &SegmentPostings) -> u32 {
        match self {
            Self::ByPlace(scores) => scores[(postings.term_freq() as usize).min(CODES - 1)],
            Self::Fixed(score) => score,
        }
    }
}

impl Sum {
    /// Score of a word that is found by its parts only.
    pub(crate) fn weaken(weakest: u32) -> u32 {
        weakest * 9 / 10
    }
}

/// A walk over the documents of a segment that match.
pub(crate) enum Node {
    /// Documents of one term.
    Leaf { postings: Box<SegmentPostings>, worth: Worth },
    /// Documents of all children. Every child stands at `doc`.
    And { children: Vec<Node>, sum: Sum, doc: DocId },
    /// Documents of any child; scored by the best child.
    Or { children: Vec<Node>, doc: DocId },
    /// Documents of any child; more children first, then their sum.
    Any { children: Vec<Node>, doc: DocId },
}

impl Node {
    /// Documents of one term.
    pub(crate) fn leaf(postings: SegmentPostings, worth: Worth) -> Self {
        Self::Leaf { postings: Box::new(postings), worth }
    }

    /// Documents of all children, which must not be empty.
    pub(crate) fn and(mut children: Vec<Node>, sum: Sum) -> Self {
        children.sort_by_key(Node::cost);
        let mut node = Self::And { children, sum, doc: 0 };
        node.align(0);
        node
    }

    /// Documents of any child with the best score.
    pub(crate) fn or(children: Vec<Node>) -> Self {
        let doc = first(&children);
        Self::Or { children, doc }
    }

    /// Documents of any child, those of more children first.
    pub(crate) fn any(children: Vec<Node>) -> Self {
        let doc = first(&children);
        Self::Any { children, doc }
    }

    /// Upper bound of the number of documents.
    pub(crate) fn cost(&self) -> u64 {
        match self {
            Self::Leaf { postings, .. } => u64::from(postings.doc_freq()),
            Self::And { children, .. } => children.iter().map(Node::cost).min().unwrap_or(0),
            Self::Or { children, .. } | Self::Any { children, .. } => children.iter().map(Node::cost).sum(),
        }
    }

    /// The current document, `TERMINATED` at the end.
    #[inline]
    pub(crate) fn doc(&self) -> DocId {
        match self {
            Self::Leaf { postings, .. } => postings.doc(),
            Self::And { doc, .. } | Self::Or { doc, .. } | Self::Any { doc, .. } => *doc,
        }
    }

    /// Goes to the next document.
    #[inline]
    pub(crate) fn advance(&mut self) -> DocId {
        match self {
            Self::Leaf { postings, .. } => postings.advance(),
            Self::And { children, doc, .. } => {
                if *doc == TERMINATED {
                    return TERMINATED;
                }
                let next = children[0].advance();
                self.align(next)
            }
            Self::Or { children, doc } | Self::Any { children, doc } => {
                let (current, mut next) = (*doc, TERMINATED);
                for child in children {
                    let mut at = child.doc();
                    if at == current && at != TERMINATED {
                        at = child.advance();
                    }
                    next = next.min(at);
                }
                *doc = next;
                next
            }
        }
    }

    /// Goes to the first document that is not before `target`.
    pub(crate) fn seek(&mut self, target: DocId) -> DocId {
        if self.doc() >= target {
            return self.doc();
        }
        match self {
            Self::Leaf { postings, .. } => {
                // In a dense list the next document is mostly the one sought.
                let next = postings.advance();
                if next >= target { next } else { postings.seek(target) }
            }
            Self::And { children, .. } => {
                let next = children[0].seek(target);
                self.align(next)
            }
            Self::Or { children, doc } | Self::Any { children, doc } => {
                *doc = children.iter_mut().map(|child| child.seek(target)).min().unwrap_or(TERMINATED);
                *doc
            }
        }
    }

    /// Brings all children of an "and" to the first common document from
    /// `target` on.
    fn align(&mut self, target: DocId) -> DocId {
        let Self::And { children, doc, .. } = self else {
            return self.seek(target);
        };
        let mut target = target;
        'again: loop {
            for child in children.iter_mut() {
                let at = child.seek(target);
                if at > target {
                    target = at;
                    continue 'again;
                }
            }
            break;
        }
        *doc = target;
        target
    }

    /// Score of the current document.
    #[inline]
    pub(crate) fn score(&self) -> u32 {
        match self {
            Self::Leaf { postings, worth } => worth.of(postings),
            Self::And { children, sum, .. } => {
                let scores = children.iter().map(Node::score);
                match sum {
                    Sum::All => scores.sum(),
                    Sum::Weakest => Sum::weaken(scores.min().unwrap_or(0)),
                }
            }
            Self::Or { children, doc } => at(children, *doc).max().unwrap_or(0),
            Self::Any { children, doc } => at(children, *doc).map(|score| score + PER_WORD).sum(),
        }
    }
}

fn at(children: &[Node], doc: DocId) -> impl Iterator<Item = u32> {
    children.iter().filter(move |child| child.doc() == doc).map(Node::score)
}

fn first(children: &[Node]) -> DocId {
    children.iter().map(Node::doc).min().unwrap_or(TERMINATED)
}

#[cfg(test)]
pub(super) mod tests {
    use tantivy::schema::{IndexRecordOption, STRING, Schema};
    use tantivy::{Index, IndexWriter, TantivyDocument, Term};

    use super::*;

    /// A real posting list: a segment whose given documents have the one word.
    pub(in crate::engine) fn leaf(docs: &[u32], score: u32) -> Node {
        let mut builder = Schema::builder();
        let field = builder.add_text_field("word", STRING);
        let index = Index::create_in_ram(builder.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).unwrap();
        for number in 0..10_000 {
            let mut doc = TantivyDocument::new();
            if docs.contains(&number) {
                doc.add_text(field, "x");
            }
            writer.add_document(doc).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        let postings = searcher
            .segment_reader(0)
            .inverted_index(field)
            .unwrap()
            .read_postings(&Term::from_field_text(field, "x"), IndexRecordOption::Basic)
            .unwrap()
            .unwrap();
        Node::leaf(postings, Worth::Fixed(score))
    }

    fn walk(mut node: Node) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        while node.doc() != TERMINATED {
            found.push((node.doc(), node.score()));
            node.advance();
        }
        found
    }

    #[test]
    fn and_finds_common_documents() {
        let node = Node::and(vec![leaf(&[1, 3, 5, 900], 1), leaf(&[0, 3, 4, 900], 2)], Sum::All);
        assert_eq!(walk(node), [(3, 3), (900, 3)]);
        assert!(walk(Node::and(vec![leaf(&[1], 1), leaf(&[2], 1)], Sum::All)).is_empty());
    }

    #[test]
    fn or_takes_the_best_and_any_counts() {
        let node = Node::or(vec![leaf(&[1, 3], 1), leaf(&[3, 7], 5)]);
        assert_eq!(walk(node), [(1, 1), (3, 5), (7, 5)]);
        let node = Node::any(vec![leaf(&[1, 3], 1), leaf(&[3], 5)]);
        assert_eq!(walk(node), [(1, PER_WORD + 1), (3, 2 * PER_WORD + 6)]);
    }

    #[test]
    fn nested_nodes_seek() {
        let inner = Node::or(vec![leaf(&[2, 8], 1), leaf(&[4, 6, 8], 3)]);
        let node = Node::and(vec![inner, leaf(&[1, 4, 8, 9], 10)], Sum::All);
        assert_eq!(walk(node), [(4, 13), (8, 13)]);
    }
}
