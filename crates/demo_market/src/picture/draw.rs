//! A canvas that writes SVG shapes, and the colours of a product.

use crate::dice::seed_of;
use crate::library::library;
use crate::types::Product;
use std::fmt::Write as _;

/// A rectangle to draw in, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

pub(super) fn int(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Approximate width of a text: Chinese letters are square, others about half.
pub(super) fn width(text: &str, size: i32) -> i32 {
    text.chars().map(|letter| letter_width(letter, size)).sum::<i32>() / 100
}

fn letter_width(letter: char, size: i32) -> i32 {
    let share = match letter {
        _ if !letter.is_ascii() => 100,
        'i' | 'l' | 'j' | 't' | 'f' | 'r' | ' ' | '.' | ',' | '\'' | ':' => 34,
        'm' | 'w' | 'M' | 'W' => 86,
        'A'..='Z' => 67,
        _ => 57,
    };
    share * size
}

/// Cuts a text to `room` pixels, with an ellipsis where something is missing.
pub(super) fn fitted(text: &str, size: i32, room: i32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut used = size * 100;
    let keep = |letter: &char| {
        used += letter_width(*letter, size);
        used <= room * 100
    };
    let cut: String = text.chars().take_while(keep).collect();
    format!("{}…", cut.trim_end())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Collects shapes; every method appends one element.
pub(super) struct Canvas {
    body: String,
    width: i32,
    height: i32,
}

impl Canvas {
    pub(super) fn new(width: i32, height: i32) -> Self {
        Self { body: String::with_capacity(12_000), width, height }
    }

    pub(super) fn finish(self, title: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" font-family=\"Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, Helvetica, Arial, sans-serif\"><title>{}</title>{}</svg>",
            escaped(title),
            self.body,
            w = self.width,
            h = self.height,
        )
    }

    pub(super) fn rect(&mut self, x: i32, y: i32, w: i32, h: i32, fill: &str) {
        let _ = write!(self.body, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{fill}\"/>");
    }

    pub(super) fn rounded(&mut self, x: i32, y: i32, w: i32, h: i32, r: i32, fill: &str) {
        let _ =
            write!(self.body, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{r}\" fill=\"{fill}\"/>");
    }

    /// A card: white (or tinted), rounded, with a thin border.
    pub(super) fn card(&mut self, area: Area, fill: &str, border: &str) {
        let Area { x, y, w, h } = area;
        let _ = write!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"9\" fill=\"{fill}\" stroke=\"{border}\"/>"
        );
    }

    /// Finished shapes, moved or scaled.
    pub(super) fn group(&mut self, transform: &str, shapes: &str) {
        let _ = write!(self.body, "<g transform=\"{transform}\">{shapes}</g>");
    }

    pub(super) fn top_rounded(&mut self, x: i32, y: i32, w: i32, h: i32, r: i32, fill: &str) {
        let data = format!(
            "M{x} {} v-{} a{r} {r} 0 0 1 {r} -{r} h{} a{r} {r} 0 0 1 {r} {r} v{} z",
            y + h,
            h - r,
            w - 2 * r,
            h - r
        );
        self.path(&data, fill, "none", 0);
    }

    /// The rounded lower left end of a menu that reaches down to `y` + 16.
    pub(super) fn bottom_left_corner(&mut self, x: i32, y: i32, w: i32, fill: &str) {
        let data = format!("M{x} {y} h{w} v16 h-{} a14 14 0 0 1 -14 -14 z", w - 14);
        self.path(&data, fill, "none", 0);
    }

    pub(super) fn circle(&mut self, x: i32, y: i32, r: i32, fill: &str) {
        let _ = write!(self.body, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\"/>");
    }

    pub(super) fn faded_circle(&mut self, x: i32, y: i32, r: i32, fill: &str, opacity: &str) {
        let _ = write!(self.body, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\" opacity=\"{opacity}\"/>");
    }

    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), stroke: &str, thickness: i32) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = write!(
            self.body,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{stroke}\" stroke-width=\"{thickness}\"/>"
        );
    }

    pub(super) fn path(&mut self, data: &str, fill: &str, stroke: &str, thickness: i32) {
        let _ = write!(
            self.body,
            "<path d=\"{data}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{thickness}\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>"
        );
    }

    pub(super) fn faded_path(&mut self, data: &str, fill: &str, opacity: &str) {
        let _ = write!(self.body, "<path d=\"{data}\" fill=\"{fill}\" opacity=\"{opacity}\"/>");
    }

    /// A ring segment from `from` to `to` (shares of a full turn in thousandths).
    pub(super) fn arc(&mut self, centre: (i32, i32), r: i32, from: i32, to: i32, stroke: &str, thickness: i32) {
        let point = |share: i32| {
            let angle = f64::from(share) / 1000.0 * std::f64::consts::TAU - std::f64::consts::FRAC_PI_2;
            (f64::from(centre.0) + f64::from(r) * angle.cos(), f64::from(centre.1) + f64::from(r) * angle.sin())
        };
        let ((x1, y1), (x2, y2)) = (point(from), point(to.min(from + 999)));
        let large = i32::from(to - from > 500);
        let _ = write!(
            self.body,
            "<path d=\"M{x1:.1} {y1:.1} A{r} {r} 0 {large} 1 {x2:.1} {y2:.1}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{thickness}\"/>"
        );
    }

    fn any_text(&mut self, at: (i32, i32), size: i32, fill: &str, style: &str, text: &str) {
        let (x, y) = at;
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{fill}\"{style}>{}</text>",
            escaped(text)
        );
    }

    pub(super) fn text(&mut self, x: i32, y: i32, size: i32, fill: &str, text: &str, room: i32) {
        self.any_text((x, y), size, fill, "", &fitted(text, size, room));
    }

    pub(super) fn bold(&mut self, x: i32, y: i32, size: i32, fill: &str, text: &str, room: i32) {
        self.any_text((x, y), size, fill, " font-weight=\"700\"", &fitted(text, size, room * 96 / 100));
    }

    pub(super) fn text_middle(&mut self, x: i32, y: i32, size: i32, fill: &str, text: &str, room: i32) {
        self.any_text((x, y), size, fill, " text-anchor=\"middle\"", &fitted(text, size, room));
    }

    pub(super) fn text_end(&mut self, x: i32, y: i32, size: i32, fill: &str, text: &str) {
        self.any_text((x, y), size, fill, " text-anchor=\"end\"", text);
    }

    pub(super) fn mono(&mut self, x: i32, y: i32, size: i32, fill: &str, text: &str) {
        self.any_text(
            (x, y),
            size,
            fill,
            " font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" xml:space=\"preserve\"",
            text,
        );
    }

    /// Breaks a text into at most `lines` lines of `room` pixels.
    pub(super) fn wrapped(
        &mut self,
        x: i32,
        y: i32,
        size: i32,
        fill: &str,
        text: &str,
        room: i32,
        lines: usize,
    ) -> i32 {
        let mut rest = text.trim();
        let mut at = y;
        for line in 0..lines {
            if rest.is_empty() {
                break;
            }
            let cut = if line + 1 == lines { rest.len() } else { break_at(rest, size, room) };
            self.text(x, at, size, fill, rest[..cut].trim_end(), room);
            rest = rest[cut..].trim_start();
            at += size * 3 / 2;
        }
        at
    }
}

/// Byte index where a line of `room` pixels ends, at a blank if there is one.
fn break_at(text: &str, size: i32, room: i32) -> usize {
    let (mut used, mut blank) = (0, None);
    for (index, letter) in text.char_indices() {
        used += letter_width(letter, size);
        if used > room * 100 {
            return blank.filter(|at| *at > 0).unwrap_or(index);
        }
        if letter == ' ' || !letter.is_ascii() {
            blank = Some(if letter == ' ' { index } else { index + letter.len_utf8() });
        }
    }
    text.len()
}

/// The colours of a product, derived from its seller's.
#[derive(Clone, Debug)]
pub(super) struct Palette {
    pub base: String,
    pub accent: String,
    pub soft: String,
    pub muted: String,
    pub dark: String,
    pub backdrop: String,
    pub shadow: String,
    /// For series of data.
    pub series: [String; 5],
}

/// Brand colours for sellers outside of the demo market.
const OTHER_BRANDS: [(&str, &str); 8] = [
    ("#2f6fdb", "#16a3a3"),
    ("#b4552d", "#2b4c7e"),
    ("#287d4f", "#d08a17"),
    ("#7a4bc4", "#d6498f"),
    ("#0d7f8c", "#e0703a"),
    ("#c2364b", "#31456a"),
    ("#4d6b1f", "#1f6f8b"),
    ("#3b4cc0", "#c95d2e"),
];

impl Palette {
    pub(super) fn of(product: &Product) -> Self {
        let seed = seed_of(&product.key);
        let (own, other) = match library().market.seller(&product.seller) {
            Some(seller) => (seller.colour.as_str(), seller.accent.as_str()),
            None => OTHER_BRANDS[usize::try_from(seed % OTHER_BRANDS.len() as u64).unwrap_or(0)],
        };
        // Each product leans a little towards the second colour.
        let lean = i32::try_from(seed / 7 % 36).unwrap_or(0);
        Self::from_pair(&mixed(own, other, lean), other)
    }

    pub(super) fn from_pair(base: &str, accent: &str) -> Self {
        Self {
            soft: mixed(base, "#ffffff", 92),
            muted: mixed(base, "#cbd5e1", 70),
            dark: mixed(base, "#0b1220", 78),
            backdrop: mixed(base, "#ffffff", 84),
            shadow: mixed(base, "#64748b", 60) + "33",
            series: [
                base.to_owned(),
                mixed(base, "#ffffff", 45),
                "#f59e0b".to_owned(),
                mixed(accent, "#ffffff", 25),
                "#94a3b8".to_owned(),
            ],
            base: base.to_owned(),
            accent: accent.to_owned(),
        }
    }
}

/// `percent` of `other` mixed into `colour`, both `#rrggbb`.
pub(super) fn mixed(colour: &str, other: &str, percent: i32) -> String {
    let part =
        |text: &str, at: usize| text.get(at..at + 2).and_then(|hex| i32::from_str_radix(hex, 16).ok()).unwrap_or(128);
    let channel = |at: usize| (part(colour, at) * (100 - percent) + part(other, at) * percent) / 100;
    format!("#{:02x}{:02x}{:02x}", channel(1), channel(3), channel(5))
}
