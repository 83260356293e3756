//! Chinese segmentation.
//!
//! Words are cut by the word list alone, without a statistical guess at
//! unknown words: a guess depends on the neighbourhood, so that the same word
//! would be cut one way in a text and another way in a query. What the list
//! does not know falls apart into characters on both sides.

use std::sync::OnceLock;

use jieba_rs::Jieba;

use super::QueryWord;

/// Part of jieba's list with words of frequency 10 and more.
static WORDS: &str = include_str!("../../data/words.txt");

/// Words of the trade that the general list lacks or divides.
static TRADE_WORDS: &[&str] = &[
    "云计算",
    "云服务",
    "云市场",
    "云桌面",
    "云存储",
    "大数据",
    "人工智能",
    "区块链",
    "物联网",
    "进销存",
    "数字化",
    "低代码",
    "零代码",
    "智能体",
    "大模型",
    "小程序",
    "中间件",
    "堡垒机",
    "防火墙",
    "工单",
    "电商",
    "供应链",
    "协同办公",
    "客户管理",
    "等保",
    "商城",
    "容器",
    "镜像",
    "微服务",
    "信创",
    "政务云",
    "私有化",
    "数据库",
    "知识库",
    "机器人",
    "数据中台",
];

/// Frequency of added words: high enough to win over their parts.
const ADDED_FREQUENCY: usize = 20_000;

static SHARED: OnceLock<Jieba> = OnceLock::new();

/// Cuts Chinese text. The word list is loaded at the first use; segmenters
/// without extra words share one.
pub(crate) struct Segmenter {
    extra: Vec<String>,
    own: OnceLock<Jieba>,
}

impl Segmenter {
    /// A segmenter that also knows `extra` words.
    pub(crate) fn new(extra: &[String]) -> Self {
        let mut extra: Vec<String> =
            extra.iter().map(|word| super::collapse(word)).filter(|word| word.chars().count() > 1).collect();
        extra.sort();
        extra.dedup();
        Self { extra, own: OnceLock::new() }
    }

    /// A number that changes with the extra words (FNV-1a).
    pub(crate) fn fingerprint(&self) -> u64 {
        let bytes = self.extra.iter().flat_map(|word| word.bytes().chain([0]));
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn jieba(&self) -> &Jieba {
        if self.extra.is_empty() {
            SHARED.get_or_init(|| load(&[]))
        } else {
            self.own.get_or_init(|| load(&self.extra))
        }
    }

    /// Words and the words inside of them.
    pub(crate) fn for_index(&self, text: &str, push: &mut impl FnMut(&str)) {
        for token in self.jieba().cut_for_search(text, false) {
            push(token.word);
        }
    }

    /// Byte offsets at which the words of `text` start.
    pub(crate) fn starts(&self, text: &str) -> Vec<usize> {
        let tokens = self.jieba().cut(text, false);
        tokens.iter().map(|token| token.byte_start).collect()
    }

    /// Words of a query; neighbouring single characters become one unknown word.
    pub(crate) fn for_query(&self, text: &str) -> Vec<QueryWord> {
        let mut words = Vec::new();
        let mut loose = String::new();
        for token in self.jieba().cut(text, false) {
            let single = token.word.chars().nth(1).is_none();
            if single && !super::STOP_WORDS.contains(&token.word) {
                loose.push_str(token.word);
                continue;
            }
            flush(&mut loose, &mut words);
            let parts = if single { Vec::new() } else { self.parts(token.word) };
            words.push(query_word(token.word, parts));
        }
        flush(&mut loose, &mut words);
        words
    }

    /// The fewest smaller known words that make up `word` without overlap;
    /// empty if there are none.
    fn parts(&self, word: &str) -> Vec<String> {
        let tokens = self.jieba().cut_for_search(word, false);
        // By end position: the fewest pieces up to there and the last of them.
        let mut reached: Vec<Option<(usize, &str)>> = vec![None; word.len() + 1];
        reached[0] = Some((0, ""));
        for end in 1..=word.len() {
            for token in tokens.iter().filter(|t| t.byte_end == end && t.word != word) {
                let pieces = reached[token.byte_start].map(|(pieces, _)| pieces + 1);
                if let Some(pieces) = pieces
                    && reached[end].is_none_or(|(best, _)| pieces < best)
                {
                    reached[end] = Some((pieces, token.word));
                }
            }
        }
        let mut parts = Vec::new();
        let mut end = word.len();
        while let Some((_, last)) = reached[end].filter(|_| end > 0) {
            parts.insert(0, last.to_owned());
            end -= last.len();
        }
        parts
    }
}

fn load(extra: &[String]) -> Jieba {
    let mut jieba = match Jieba::with_dict(&mut WORDS.as_bytes()) {
        Ok(jieba) => jieba,
        Err(error) => {
            // Without the list every character is a word: search still works.
            tracing::error!(%error, "the Chinese word list cannot be read");
            Jieba::empty()
        }
    };
    for word in TRADE_WORDS.iter().copied().chain(extra.iter().map(String::as_str)) {
        jieba.add_word(word, Some(ADDED_FREQUENCY), None);
    }
    jieba
}

fn flush(loose: &mut String, words: &mut Vec<QueryWord>) {
    if loose.is_empty() {
        return;
    }
    let parts = match loose.chars().count() {
        1 => Vec::new(),
        _ => loose.chars().map(String::from).collect(),
    };
    words.push(query_word(loose, parts));
    loose.clear();
}

fn query_word(word: &str, parts: Vec<String>) -> QueryWord {
    let chars: Vec<char> = word.chars().collect();
    let grams = chars.windows(chars.len().min(2)).map(|window| window.iter().collect()).collect();
    QueryWord { word: word.to_owned(), parts, grams }
}
