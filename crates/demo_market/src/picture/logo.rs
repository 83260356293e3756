//! Logos: a geometric mark on a ground in brand colours.

use super::draw::{Canvas, Palette, mixed};
use crate::dice::seed_of;
use crate::types::{Product, Seller};
use std::fmt::Write as _;

/// Whose logo to draw; made from `&Seller` or `&Product`.
#[derive(Clone, Copy, Debug)]
pub enum LogoSubject<'a> {
    /// The seller's company mark.
    Seller(&'a Seller),
    /// The product's own mark in its seller's colours.
    Product(&'a Product),
}

impl<'a> From<&'a Seller> for LogoSubject<'a> {
    fn from(seller: &'a Seller) -> Self {
        Self::Seller(seller)
    }
}

impl<'a> From<&'a Product> for LogoSubject<'a> {
    fn from(product: &'a Product) -> Self {
        Self::Product(product)
    }
}

/// Marks inside a 64×64 field around (60, 60); `A` and `B` are two inks.
const MARKS: [&str; 16] = [
    "<path d=\"M32 78 L60 34 L88 78 Z\" fill=\"A\"/><path d=\"M46 78 L60 56 L74 78 Z\" fill=\"B\"/>",
    "<rect x=\"34\" y=\"60\" width=\"14\" height=\"26\" rx=\"4\" fill=\"A\"/><rect x=\"53\" y=\"46\" width=\"14\" height=\"40\" rx=\"4\" fill=\"B\"/><rect x=\"72\" y=\"34\" width=\"14\" height=\"52\" rx=\"4\" fill=\"A\"/>",
    "<circle cx=\"48\" cy=\"60\" r=\"20\" fill=\"A\"/><circle cx=\"72\" cy=\"60\" r=\"20\" fill=\"B\" opacity=\"0.85\"/>",
    "<path d=\"M60 30 L86 45 L86 75 L60 90 L34 75 L34 45 Z\" fill=\"none\" stroke=\"A\" stroke-width=\"8\"/><circle cx=\"60\" cy=\"60\" r=\"10\" fill=\"B\"/>",
    "<path d=\"M32 72 Q46 40 60 60 T88 48\" fill=\"none\" stroke=\"A\" stroke-width=\"9\" stroke-linecap=\"round\"/><circle cx=\"88\" cy=\"48\" r=\"8\" fill=\"B\"/>",
    "<path d=\"M60 32 A28 28 0 1 1 32 60 L60 60 Z\" fill=\"A\"/><path d=\"M54 28 L54 54 L28 54 A26 26 0 0 1 54 28 Z\" fill=\"B\"/>",
    "<rect x=\"33\" y=\"33\" width=\"24\" height=\"24\" rx=\"6\" fill=\"A\"/><rect x=\"63\" y=\"33\" width=\"24\" height=\"24\" rx=\"12\" fill=\"B\"/><rect x=\"33\" y=\"63\" width=\"24\" height=\"24\" rx=\"12\" fill=\"B\"/><rect x=\"63\" y=\"63\" width=\"24\" height=\"24\" rx=\"6\" fill=\"A\"/>",
    "<path d=\"M60 30 L84 40 L84 62 Q82 80 60 92 Q38 80 36 62 L36 40 Z\" fill=\"A\"/><path d=\"M48 60 L57 69 L74 50\" fill=\"none\" stroke=\"B\" stroke-width=\"8\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>",
    "<path d=\"M34 44 L60 32 L86 44 L60 56 Z\" fill=\"A\"/><path d=\"M34 60 L60 72 L86 60\" fill=\"none\" stroke=\"B\" stroke-width=\"7\" stroke-linejoin=\"round\"/><path d=\"M34 74 L60 86 L86 74\" fill=\"none\" stroke=\"A\" stroke-width=\"7\" stroke-linejoin=\"round\"/>",
    "<path d=\"M34 86 L34 56 A26 26 0 0 1 86 56 L86 86\" fill=\"none\" stroke=\"A\" stroke-width=\"10\"/><rect x=\"53\" y=\"62\" width=\"14\" height=\"24\" rx=\"5\" fill=\"B\"/>",
    "<circle cx=\"60\" cy=\"60\" r=\"27\" fill=\"none\" stroke=\"A\" stroke-width=\"8\"/><path d=\"M60 60 L60 42 M60 60 L74 68\" stroke=\"B\" stroke-width=\"8\" stroke-linecap=\"round\"/>",
    "<path d=\"M34 40 H86 V72 H62 L48 86 V72 H34 Z\" fill=\"A\"/><circle cx=\"50\" cy=\"56\" r=\"5\" fill=\"B\"/><circle cx=\"70\" cy=\"56\" r=\"5\" fill=\"B\"/>",
    "<path d=\"M40 34 L40 86 M60 34 L60 86 M80 34 L80 86\" stroke=\"A\" stroke-width=\"6\" stroke-linecap=\"round\"/><circle cx=\"40\" cy=\"70\" r=\"9\" fill=\"B\"/><circle cx=\"60\" cy=\"48\" r=\"9\" fill=\"B\"/><circle cx=\"80\" cy=\"62\" r=\"9\" fill=\"B\"/>",
    "<path d=\"M60 30 Q86 52 60 90 Q34 52 60 30 Z\" fill=\"A\"/><path d=\"M60 50 L60 90\" stroke=\"B\" stroke-width=\"6\" stroke-linecap=\"round\"/>",
    "<path d=\"M36 40 L56 60 L36 80\" fill=\"none\" stroke=\"A\" stroke-width=\"10\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/><path d=\"M64 80 L86 80\" stroke=\"B\" stroke-width=\"10\" stroke-linecap=\"round\"/>",
    "<circle cx=\"40\" cy=\"76\" r=\"10\" fill=\"A\"/><circle cx=\"60\" cy=\"42\" r=\"12\" fill=\"B\"/><circle cx=\"82\" cy=\"72\" r=\"10\" fill=\"A\"/><path d=\"M40 76 L60 42 L82 72\" fill=\"none\" stroke=\"A\" stroke-width=\"5\"/>",
];

/// The grounds a mark stands on; `F` is the fill.
const GROUNDS: [&str; 4] = [
    "<rect x=\"6\" y=\"6\" width=\"108\" height=\"108\" rx=\"26\" fill=\"F\"/>",
    "<circle cx=\"60\" cy=\"60\" r=\"55\" fill=\"F\"/>",
    "<path d=\"M60 4 L109 32 V88 L60 116 L11 88 V32 Z\" fill=\"F\"/>",
    "<path d=\"M34 6 H86 A28 28 0 0 1 114 34 V114 H34 A28 28 0 0 1 6 86 V34 A28 28 0 0 1 34 6 Z\" fill=\"F\"/>",
];

/// A 120×120 logo on a transparent background.
pub fn logo_svg<'a>(subject: impl Into<LogoSubject<'a>>) -> String {
    let (title, inner) = match subject.into() {
        LogoSubject::Seller(seller) => (&seller.name, seller_mark(seller)),
        LogoSubject::Product(product) => (&product.name, product_mark(product)),
    };
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"120\" height=\"120\" viewBox=\"0 0 120 120\" role=\"img\">",
    );
    let _ = write!(
        svg,
        "<title>{} · {}</title>{inner}</svg>",
        title.zh.replace('&', "&amp;"),
        title.en.replace('&', "&amp;")
    );
    svg
}

fn index(seed: u64, len: usize) -> usize {
    usize::try_from(seed % len as u64).unwrap_or(0)
}

fn drawn(ground: usize, fill: &str, mark: usize, inks: (&str, &str), turn: u64) -> String {
    let ground = GROUNDS[ground].replace("\"F\"", &format!("\"{fill}\""));
    let mark = MARKS[mark].replace("\"A\"", &format!("\"{}\"", inks.0)).replace("\"B\"", &format!("\"{}\"", inks.1));
    format!("{ground}<g transform=\"rotate({} 60 60)\">{mark}</g>", turn * 90)
}

fn seller_mark(seller: &Seller) -> String {
    let seed = seed_of(&seller.key);
    let tint = mixed(&seller.colour, "#ffffff", 72);
    drawn(index(seed / 64, 2), &seller.colour, index(seed, MARKS.len()), ("#ffffff", &tint), 0)
}

fn product_mark(product: &Product) -> String {
    let seed = seed_of(&product.key);
    let palette = Palette::of(product);
    let mark = index(seed / 11, MARKS.len());
    // Marks that read as an object (shield, bubble, arch, leaf) stay upright.
    let turn = if matches!(mark, 0 | 2..=6 | 8) { seed / 1013 % 4 } else { 0 };
    let light = mixed(&palette.base, "#ffffff", 88);
    let (fill, inks) = match seed / 4099 % 3 {
        0 => (palette.base.clone(), ("#ffffff".to_owned(), mixed(&palette.base, "#ffffff", 62))),
        1 => (light, (palette.base.clone(), palette.accent.clone())),
        _ => (palette.dark.clone(), (mixed(&palette.base, "#ffffff", 30), "#ffd166".to_owned())),
    };
    drawn(index(seed / 211, GROUNDS.len()), &fill, mark, (&inks.0, &inks.1), turn)
}

/// The product's logo inside a screenshot, `size` pixels wide.
pub(super) fn small(canvas: &mut Canvas, product: &Product, x: i32, y: i32, size: i32) {
    let scale = f64::from(size) / 120.0;
    canvas.group(&format!("translate({x} {y}) scale({scale:.3})"), &product_mark(product));
}
