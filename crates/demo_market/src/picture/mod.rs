//! Pictures as SVG text: logos and mock screenshots. No fonts, scripts, links
//! or references are used, so the text can be stored, inlined or converted.

mod draw;
mod layouts_boards;
mod layouts_figures;
mod layouts_pages;
mod layouts_talk;
mod logo;
mod words;

pub use logo::{LogoSubject, logo_svg};

use crate::dice::{Dice, seed_of};
use crate::library::library;
use crate::types::{Language, Product, Text};
use draw::{Area, Canvas, Palette};
use words::words;

/// Different pictures a product has before they repeat.
pub const PICTURES_PER_PRODUCT: usize = 6;

/// Number of different screenshot layouts.
pub const LAYOUT_COUNT: usize = LAYOUTS.len();

type Layout = fn(&mut Canvas, &mut Scene<'_>, Area);

const LAYOUTS: [(&str, Layout); 13] = [
    ("chart", layouts_figures::chart),
    ("monitor", layouts_figures::monitor),
    ("map", layouts_figures::map),
    ("table", layouts_pages::table),
    ("document", layouts_pages::document),
    ("code", layouts_pages::code),
    ("cards", layouts_pages::cards),
    ("chat", layouts_talk::chat),
    ("meeting", layouts_talk::meeting),
    ("kanban", layouts_boards::kanban),
    ("calendar", layouts_boards::calendar),
    ("gantt", layouts_boards::gantt),
    ("flow", layouts_boards::flow),
];

/// What a layout draws from.
struct Scene<'a> {
    language: Language,
    palette: Palette,
    dice: Dice,
    /// Names of the things the product deals with.
    items: Vec<&'a str>,
    /// Names of figures.
    metrics: Vec<&'a str>,
    /// Titles of the product's functions.
    functions: Vec<&'a str>,
}

impl<'a> Scene<'a> {
    fn item(&self, index: usize) -> &'a str {
        self.items.get(index % self.items.len().max(1)).copied().unwrap_or("")
    }

    fn metric(&self, index: usize) -> &'a str {
        self.metrics.get(index % self.metrics.len().max(1)).copied().unwrap_or("")
    }

    fn function(&self, index: usize) -> &'a str {
        self.functions.get(index % self.functions.len().max(1)).copied().unwrap_or("")
    }

    fn word(&self, key: &str) -> &'static str {
        words(key, self.language)
    }
}

/// The `n`-th screenshot (800×600): the three layouts of the main category,
/// with the Chinese interface for even `n` and the English one for odd `n`;
/// repeats after [`PICTURES_PER_PRODUCT`].
pub fn picture_svg(product: &Product, n: usize) -> String {
    picture_svg_in(product, n, if n.is_multiple_of(2) { Language::Zh } else { Language::En })
}

/// The `n`-th screenshot with the interface in `language`; the layout repeats
/// after three.
pub fn picture_svg_in(product: &Product, n: usize, language: Language) -> String {
    let library = library();
    let leaf = product.categories.first().map_or("", String::as_str);
    let found = library.group_of(leaf);
    let layouts = found.as_ref().map_or(["chart", "table", "cards"], |(_, layouts)| *layouts);
    let name = layouts[n % layouts.len()];
    let layout = LAYOUTS.iter().find(|(key, _)| *key == name).map_or(LAYOUTS[0].1, |(_, layout)| *layout);
    let pick = |texts: &'static [Text]| texts.iter().map(|text| text.in_language(language)).collect::<Vec<_>>();
    let mut scene = Scene {
        language,
        palette: Palette::of(product),
        dice: Dice::new(seed_of(&product.key).wrapping_add((n % PICTURES_PER_PRODUCT) as u64 * 7919)),
        items: found
            .as_ref()
            .map_or_else(Vec::new, |(group, _)| pick(group.leaf_items.get(leaf).unwrap_or(&group.items))),
        metrics: found.as_ref().map_or_else(Vec::new, |(group, _)| pick(&group.metrics)),
        functions: product.functions.iter().map(|function| function.title.in_language(language)).collect(),
    };
    let mut canvas = Canvas::new(800, 600);
    let area = window(&mut canvas, &mut scene, product, n);
    layout(&mut canvas, &mut scene, area);
    canvas.finish(&format!("{} · {}", product.name.zh, product.name.en))
}

/// Draws backdrop, window and menu in one of three shells; gives the work area.
fn window(canvas: &mut Canvas, scene: &mut Scene<'_>, product: &Product, n: usize) -> Area {
    let palette = scene.palette.clone();
    canvas.rect(0, 0, 800, 600, &palette.backdrop);
    canvas.faded_circle(690, 60, 190, &palette.base, "0.16");
    canvas.faded_circle(70, 560, 230, &palette.accent, "0.14");
    canvas.rounded(33, 34, 740, 544, 14, &palette.shadow);
    canvas.rounded(28, 26, 744, 544, 14, "#ffffff");
    canvas.top_rounded(28, 26, 744, 34, 14, "#f1f3f6");
    for (index, colour) in ["#f87171", "#fbbf24", "#34d399"].iter().enumerate() {
        canvas.circle(50 + 20 * draw::int(index), 43, 5, colour);
    }
    canvas.rounded(250, 33, 300, 20, 10, "#ffffff");
    canvas.text_middle(400, 47, 11, "#6b7280", &format!("{}.example", product.key), 280);
    match (seed_of(&product.key) as usize + n) % 3 {
        0 => side_menu(canvas, scene, product, true),
        1 => side_menu(canvas, scene, product, false),
        _ => top_menu(canvas, scene, product),
    }
}

fn side_menu(canvas: &mut Canvas, scene: &mut Scene<'_>, product: &Product, dark: bool) -> Area {
    let palette = scene.palette.clone();
    let (ground, ink, chosen) = if dark {
        (palette.dark.as_str(), "#dbe3ee", palette.base.as_str())
    } else {
        (palette.soft.as_str(), "#475569", palette.base.as_str())
    };
    canvas.rect(28, 60, 164, 496, ground);
    canvas.bottom_left_corner(28, 554, 164, ground);
    logo::small(canvas, product, 42, 76, 30);
    let name = product.name.in_language(scene.language);
    canvas.wrapped(80, 88, 12, if dark { "#ffffff" } else { "#111827" }, name, 106, 2);
    let mut labels = vec![scene.word("home")];
    labels.extend(scene.functions.iter().take(4));
    labels.push(scene.word("members"));
    labels.push(scene.word("settings"));
    for (index, label) in labels.iter().enumerate() {
        let y = 136 + 40 * draw::int(index);
        let current = index == 1;
        if current {
            canvas.rounded(38, y - 4, 144, 32, 7, chosen);
        }
        let colour = if current { "#ffffff" } else { ink };
        canvas.rounded(50, y + 5, 13, 13, 4, if current { "#ffffff" } else { &palette.muted });
        canvas.text(72, y + 17, 12, colour, label, 104);
    }
    canvas.circle(58, 532, 13, &palette.accent);
    canvas.text_middle(58, 536, 11, "#ffffff", &scene.word("person0").chars().take(1).collect::<String>(), 20);
    canvas.text(78, 536, 11, ink, scene.word("person0"), 100);
    header(canvas, scene, 192, 60);
    Area { x: 208, y: 116, w: 548, h: 438 }
}

fn header(canvas: &mut Canvas, scene: &Scene<'_>, x: i32, y: i32) {
    canvas.bold(x + 16, y + 33, 17, "#111827", scene.function(0), 240);
    canvas.rounded(560, y + 14, 120, 26, 13, "#f3f4f6");
    canvas.text(574, y + 31, 11, "#9ca3af", scene.word("search"), 96);
    canvas.rounded(690, y + 14, 66, 26, 6, &scene.palette.base);
    canvas.text_middle(723, y + 31, 11, "#ffffff", scene.word("new"), 60);
}

fn top_menu(canvas: &mut Canvas, scene: &mut Scene<'_>, product: &Product) -> Area {
    let palette = scene.palette.clone();
    canvas.rect(28, 60, 744, 54, &palette.base);
    logo::small(canvas, product, 44, 72, 30);
    canvas.bold(84, 92, 15, "#ffffff", product.name.in_language(scene.language), 200);
    let mut x = 300;
    for index in 0..4 {
        let label = scene.function(index);
        let width = draw::width(label, 12).min(104);
        canvas.text(x, 92, 12, "#ffffff", label, 104);
        if index == 0 {
            canvas.rounded(x, 104, width, 4, 2, "#ffffff");
        }
        x += width + 20;
    }
    canvas.circle(744, 87, 14, &palette.accent);
    canvas.text_middle(744, 91, 12, "#ffffff", &scene.word("person0").chars().take(1).collect::<String>(), 20);
    Area { x: 48, y: 132, w: 704, h: 420 }
}
