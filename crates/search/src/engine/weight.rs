//! What a match is worth, by place and language (SF-1: name > tag/category >
//! text; within that the visitor's language first).

use crate::model::Language;

/// Best place of a word within the texts of one language, worst first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Place {
    /// Nowhere.
    #[default]
    None = 0,
    /// Description.
    Body = 1,
    /// Short description.
    Summary = 2,
    /// Seller's name.
    Seller = 3,
    /// Tag or category name.
    Tag = 4,
    /// Product name.
    Name = 5,
}

const PLACES: u8 = 6;
/// Codes are 1 to 35.
pub(crate) const CODES: usize = (PLACES * PLACES) as usize;

/// Score for a name that is the query.
pub(crate) const EXACT_NAME: u32 = 50_000;
/// Score for every word matched when any word counts: more words first.
pub(crate) const PER_WORD: u32 = 100_000;
/// Score for a Chinese word that stands in a name, found by its characters.
pub(crate) const NAME_BY_GRAMS: u32 = 700;

/// One number for the two places: pairs whose better place is `p` take the
/// codes from p² to (p+1)² - 1, so that frequent places have small codes.
pub(crate) const fn place_code(zh: Place, en: Place) -> u8 {
    let (zh, en) = (zh as u8, en as u8);
    if zh >= en { zh * zh + en } else { en * en + en + 1 + zh }
}

const fn score(place: u8, wanted: bool) -> u32 {
    match (place, wanted) {
        (5, true) => 1_000,
        (5, false) => 800,
        (4, _) => 300,
        (3, true) => 160,
        (3, false) => 150,
        (2, true) => 60,
        (2, false) => 40,
        (1, true) => 20,
        (1, false) => 10,
        _ => 0,
    }
}

const fn table(wanted_is_zh: bool) -> [u32; CODES] {
    let places = [Place::None, Place::Body, Place::Summary, Place::Seller, Place::Tag, Place::Name];
    let mut scores = [0; CODES];
    let mut zh = 0;
    while zh < places.len() {
        let mut en = 0;
        while en < places.len() {
            let by_zh = score(places[zh] as u8, wanted_is_zh);
            let by_en = score(places[en] as u8, !wanted_is_zh);
            let code = place_code(places[zh], places[en]) as usize;
            scores[code] = if by_zh > by_en { by_zh } else { by_en };
            en += 1;
        }
        zh += 1;
    }
    scores
}

static ZH_SCORES: [u32; CODES] = table(true);
static EN_SCORES: [u32; CODES] = table(false);

/// Scores by code for a visitor of `language`.
pub(crate) fn scores(language: Language) -> &'static [u32; CODES] {
    match language {
        Language::Zh => &ZH_SCORES,
        Language::En => &EN_SCORES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_scores_follow_the_places() {
        let places = [Place::None, Place::Body, Place::Summary, Place::Seller, Place::Tag, Place::Name];
        let mut codes: Vec<u8> = places.iter().flat_map(|zh| places.iter().map(|en| place_code(*zh, *en))).collect();
        codes.sort_unstable();
        assert_eq!(codes, (0..36).collect::<Vec<u8>>());
        let zh = scores(Language::Zh);
        let only = |place| zh[place_code(place, Place::None) as usize];
        for pair in places.windows(2) {
            assert!(only(pair[0]) < only(pair[1]));
        }
        let name_zh = place_code(Place::Name, Place::None) as usize;
        assert!(scores(Language::Zh)[name_zh] > scores(Language::En)[name_zh]);
    }
}
