//! Screens of people talking: chat and meeting.

use super::Scene;
use super::draw::{Area, Canvas, int, mixed, width};
use super::layouts_pages::PEOPLE;

const GREY: &str = "#6b7280";
const INK: &str = "#111827";
const LINE: &str = "#e5e7eb";

/// A list of conversations, a talk and the details of the customer.
pub(super) fn chat(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#ffffff", LINE);
    canvas.bold(area.x + 14, area.y + 26, 13, INK, scene.word("conversations"), 130);
    for index in 0..6 {
        let y = area.y + 42 + 60 * int(index);
        if index == 0 {
            canvas.rounded(area.x + 6, y, 142, 54, 8, &palette.soft);
        }
        canvas.circle(area.x + 28, y + 27, 14, &palette.series[index % 5]);
        canvas.text(area.x + 50, y + 24, 12, INK, scene.word(PEOPLE[(index + 1) % 6]), 62);
        canvas.text(area.x + 50, y + 41, 10, "#9ca3af", scene.item(index), 92);
        canvas.text_end(area.x + 144, y + 24, 9, "#9ca3af", &format!("14:{:02}", 30 - 4 * index));
    }
    let x = area.x + 156;
    let w = area.w - 156 - 132;
    canvas.rect(x, area.y + 1, 1, area.h - 2, LINE);
    canvas.rect(x + w, area.y + 1, 1, area.h - 2, LINE);
    let column = Area { x, y: area.y, w, h: area.h };
    talk(canvas, scene, column);
    reply(canvas, scene, column);
    customer(canvas, scene, Area { x: x + w + 12, y: area.y, w: 112, h: area.h });
}

fn talk(canvas: &mut Canvas, scene: &Scene<'_>, column: Area) {
    let palette = &scene.palette;
    let (x, w, area) = (column.x, column.w, column);
    bubble(canvas, (x + 14, area.y + 24), w * 70 / 100, "#f3f4f6", "#1f2937", scene.word("hello"));
    let own = w * 74 / 100;
    bubble(canvas, (x + w - own - 14, area.y + 98), own, &palette.base, "#ffffff", scene.word("answer"));
    let card = Area { x: x + w - own - 14, y: area.y + 172, w: own, h: 62 };
    canvas.card(card, "#ffffff", LINE);
    canvas.rounded(card.x + 12, card.y + 14, 34, 34, 8, &mixed(&palette.base, "#ffffff", 80));
    canvas.circle(card.x + 29, card.y + 31, 8, &palette.base);
    canvas.text(card.x + 56, card.y + 28, 12, INK, scene.item(2), own - 66);
    canvas.text(card.x + 56, card.y + 46, 10, GREY, scene.word("sources"), own - 66);
    bubble(canvas, (x + 14, area.y + 252), w * 46 / 100, "#f3f4f6", "#1f2937", scene.word("thanks"));
}

fn reply(canvas: &mut Canvas, scene: &Scene<'_>, column: Area) {
    let palette = &scene.palette;
    let (x, w, area) = (column.x, column.w, column);
    canvas.text(x + 14, area.y + area.h - 92, 10, GREY, scene.word("suggest"), 120);
    for index in 0..2 {
        let place = x + 14 + int(index) * (w / 2 - 10);
        canvas.rounded(place, area.y + area.h - 84, w / 2 - 20, 26, 13, &palette.soft);
        canvas.text_middle(
            place + w / 4 - 10,
            area.y + area.h - 67,
            11,
            &palette.base,
            scene.function(index),
            w / 2 - 36,
        );
    }
    canvas.rounded(x + 12, area.y + area.h - 46, w - 24, 34, 8, "#f3f4f6");
    canvas.text(x + 24, area.y + area.h - 25, 11, "#9ca3af", scene.word("type"), w - 60);
}

fn customer(canvas: &mut Canvas, scene: &Scene<'_>, area: Area) {
    let palette = &scene.palette;
    canvas.bold(area.x, area.y + 26, 13, INK, scene.word("details"), area.w);
    canvas.circle(area.x + 54, area.y + 72, 26, &palette.series[0]);
    canvas.text_middle(area.x + 54, area.y + 120, 12, INK, scene.word("person1"), area.w);
    for index in 0..4 {
        let y = area.y + 152 + 50 * int(index);
        canvas.text(area.x, y, 10, GREY, scene.metric(index), area.w);
        canvas.rounded(area.x, y + 10, area.w - 8, 8, 4, "#eef1f5");
        canvas.rounded(area.x, y + 10, (area.w - 8) * (84 - 17 * int(index)) / 100, 8, 4, &palette.series[index]);
    }
}

fn bubble(canvas: &mut Canvas, at: (i32, i32), w: i32, ground: &str, ink: &str, text: &str) {
    canvas.rounded(at.0, at.1, w, 58, 12, ground);
    canvas.wrapped(at.0 + 14, at.1 + 25, 12, ink, text, w - 28, 2);
}

/// A video meeting with captions; heads are plain shapes.
pub(super) fn meeting(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#111827", "#111827");
    let (w, h) = ((area.w - 48) / 3, (area.h - 140) / 2);
    for index in 0..6 {
        let tile =
            Area { x: area.x + 12 + (int(index) % 3) * (w + 12), y: area.y + 12 + (int(index) / 3) * (h + 12), w, h };
        participant(canvas, scene, tile, index);
    }
    let middle = area.x + area.w / 2;
    canvas.rounded(middle - 200, area.y + area.h - 104, 400, 32, 8, "#000000");
    canvas.text_middle(middle, area.y + area.h - 84, 13, "#f9fafb", scene.word("captions"), 380);
    for (index, colour) in ["#374151", "#374151", &palette.base, "#374151", "#dc2626"].iter().enumerate() {
        let x = middle - 104 + 52 * int(index);
        canvas.circle(x, area.y + area.h - 34, 19, colour);
        canvas.rounded(x - 6, area.y + area.h - 40, 12, 12, if index % 2 == 0 { 6 } else { 3 }, "#f9fafb");
    }
}

fn participant(canvas: &mut Canvas, scene: &Scene<'_>, tile: Area, index: usize) {
    let palette = &scene.palette;
    let Area { w, h, .. } = tile;
    let ground = mixed(&palette.series[index % 5], "#1f2937", 62);
    canvas.card(tile, &ground, if index == 1 { "#34d399" } else { "#1f2937" });
    let (cx, cy) = (tile.x + w / 2, tile.y + h / 2 - 14);
    let skin = ["#f1c9a5", "#e0ac84", "#f5d6bd"][index % 3];
    canvas.faded_path(
        &format!("M{} {} q46 -76 92 0 z", cx - 46, tile.y + h - 1),
        &palette.series[(index + 1) % 5],
        "1",
    );
    canvas.circle(cx, cy, 21, skin);
    canvas.path(&format!("M{} {} a21 21 0 0 1 42 0 q-20 -14 -42 0 z", cx - 21, cy - 2), "#2b2118", "none", 0);
    canvas.rounded(tile.x + 8, tile.y + h - 26, width(scene.word(PEOPLE[index]), 10) + 16, 18, 5, "#000000");
    canvas.text(tile.x + 16, tile.y + h - 13, 10, "#ffffff", scene.word(PEOPLE[index]), 70);
    if index == 1 {
        canvas.text_end(tile.x + w - 10, tile.y + 20, 10, "#6ee7b7", scene.word("speaking"));
    }
}
