//! What a picture says about itself in its first bytes: kind and size, never decoded.

/// Most pixels of a picture: what a browser still shows on a small device.
const MOST_PIXELS: u64 = 40_000_000;

/// Kind and size of a picture, as its header tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Media type.
    pub media_type: &'static str,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Header {
    /// Whether it has pixels, and not so many that showing it takes a browser's memory.
    pub(crate) fn fits(&self) -> bool {
        (1..=MOST_PIXELS).contains(&(u64::from(self.width) * u64::from(self.height)))
    }
}

/// Reads the header of a PNG, JPEG, GIF or WebP picture; `None` for anything else.
pub(crate) fn header(bytes: &[u8]) -> Option<Header> {
    let made = |media_type, (width, height)| Header { media_type, width, height };
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let named = bytes.get(12..16)? == b"IHDR";
        return named.then_some(made("image/png", (big(bytes.get(16..20)?), big(bytes.get(20..24)?))));
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(made("image/gif", (little(bytes.get(6..8)?), little(bytes.get(8..10)?))));
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return jpeg(bytes).map(|size| made("image/jpeg", size));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12)? == b"WEBP" {
        return webp(bytes).map(|size| made("image/webp", size));
    }
    None
}

fn big(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// Segments follow each other; the one that begins the frame tells the size.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1).filter(|_| bytes.get(at) == Some(&0xff))?;
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((big(bytes.get(at + 7..at + 9)?), big(bytes.get(at + 5..at + 7)?)));
            }
            _ => {
                let length = usize::try_from(big(bytes.get(at + 2..at + 4)?)).ok()?;
                at += 2 + length.max(2);
            }
        }
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => Some((little(bytes.get(26..28)?) & 0x3fff, little(bytes.get(28..30)?) & 0x3fff)),
        b"VP8L" => {
            let bits = little(bytes.get(21..25)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => Some((little(bytes.get(24..27)?) + 1, little(bytes.get(27..30)?) + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(&'static str, u32, u32)> {
        header(bytes).map(|h| (h.media_type, h.width, h.height))
    }

    #[test]
    fn what_a_file_is_is_read_from_its_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x03\x08\x06\0\0\0";
        assert_eq!(read(png), Some(("image/png", 258, 3)));
        assert_eq!(read(b"GIF89a\x10\x00\x00\x01\0\0"), Some(("image/gif", 16, 256)));
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x00\x20\x01\x00\x03";
        assert_eq!(read(jpeg), Some(("image/jpeg", 256, 32)));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x00\x30\x00";
        assert_eq!(read(lossy), Some(("image/webp", 64, 48)));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x00\x00\x0f\x00\x00";
        assert_eq!(read(extended), Some(("image/webp", 256, 16)));
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x07\xc0\x00\x00";
        assert_eq!(read(lossless), Some(("image/webp", 8, 4)));
    }

    #[test]
    fn nothing_else_is_a_picture_and_nothing_cut_short_is_read() {
        for other in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"MZ\x90\x00", b"<html>", b""] {
            assert_eq!(header(other), None);
        }
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x03";
        for end in 0..png.len() {
            assert_eq!(header(&png[..end]), None, "{end}");
        }
        assert_eq!(header(b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"), None);
        assert_eq!(header(b"\xff\xd8\xff\xe0\x00\x00"), None);
    }

    #[test]
    fn a_bomb_does_not_fit() {
        let of = |width, height| Header { media_type: "image/png", width, height };
        assert!(of(8000, 5000).fits() && of(1, 1).fits());
        assert!(!of(8001, 5000).fits() && !of(0, 5).fits() && !of(u32::MAX, u32::MAX).fits());
    }
}
