//! The opaque page cursor: position of the last hit in the sort order.

use crate::request::Sort;

/// Where the page before ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) sort: Sort,
    pub(crate) relaxed: bool,
    pub(crate) score: u32,
    pub(crate) key: u64,
    pub(crate) product_id: String,
}

const SORTS: [(Sort, &str); 6] = [
    (Sort::Relevance, "r"),
    (Sort::Newest, "n"),
    (Sort::Sales, "s"),
    (Sort::PriceAsc, "a"),
    (Sort::PriceDesc, "d"),
    (Sort::Rating, "g"),
];

/// Writes a position as text that is safe in a URL.
pub(crate) fn encode(position: &Position) -> String {
    let sort = SORTS.iter().find(|(sort, _)| *sort == position.sort).map_or("r", |(_, code)| code);
    let mode = if position.relaxed { 'o' } else { 'a' };
    let mut text = format!("{sort}{mode}.{:x}.{:x}.", position.score, position.key);
    for byte in position.product_id.bytes() {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Reads what [`encode`] wrote; none for anything else.
pub(crate) fn decode(text: &str) -> Option<Position> {
    let mut parts = text.split('.');
    let (head, score, key, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !head.is_ascii() || head.len() != 2 || id.len() % 2 != 0 {
        return None;
    }
    let (sort, mode) = head.split_at(1);
    let sort = SORTS.iter().find(|(_, code)| *code == sort)?.0;
    let relaxed = match mode {
        "a" => false,
        "o" => true,
        _ => return None,
    };
    let bytes = id
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<Vec<u8>>>()?;
    Some(Position {
        sort,
        relaxed,
        score: u32::from_str_radix(score, 16).ok()?,
        key: u64::from_str_radix(key, 16).ok()?,
        product_id: String::from_utf8(bytes).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_the_trip() {
        let position = Position {
            sort: Sort::PriceDesc,
            relaxed: true,
            score: 17,
            key: u64::MAX,
            product_id: "p/1 云".to_owned(),
        };
        assert_eq!(decode(&encode(&position)), Some(position));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "x", "ra.1.2", "ra.1.2.zz", "ra.1.2.6", "云a.1.2.61", "ra.1.2.61.61"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
