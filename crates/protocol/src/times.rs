//! The UTC moments of the interface, without a calendar library: the 14-digit expiry
//! `yyyyMMddHHmmss` (D-24), the 17-digit `timeStamp` and `statisticalTime` (5, 4.3) and the
//! `yyyy-MM-dd HH:mm:ss UTC` of a licence (6.4).

const DAY: i64 = 86_400;

/// The 14 digits of a UTC date and time; `None` when there is no such moment in years 1 – 9999.
pub fn expire_time(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<String> {
    let exists = (1..=9_999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    exists.then(|| format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"))
}

/// The 14 digits of a UNIX time in seconds; `None` outside of the years 1 – 9999.
pub fn expire_time_from_unix(seconds: i64) -> Option<String> {
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY))?;
    let rest = seconds.rem_euclid(DAY);
    let part = |value: i64| u8::try_from(value).ok();
    expire_time(year, month, day, part(rest / 3_600)?, part(rest / 60 % 60)?, part(rest % 60)?)
}

/// UNIX seconds of 14 digits; the 17-digit form with milliseconds is read too (D-24), its
/// milliseconds are dropped. `None` when the text is anything else.
pub fn parse_expire_time(text: &str) -> Option<i64> {
    if !matches!(text.len(), 14 | 17) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: u16 = text.get(0..4)?.parse().ok()?;
    let two = |at: usize| text.get(at..at + 2)?.parse::<u8>().ok();
    let (month, day, hour, minute, second) = (two(4)?, two(6)?, two(8)?, two(10)?, two(12)?);
    expire_time(year, month, day, hour, minute, second)?;
    let clock = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    Some(days_from_civil(year, month, day) * DAY + clock)
}

/// The 17 digits `yyyyMMddHHmmssSSS` of a UNIX time in milliseconds (5); `None` outside of the
/// years 1 – 9999.
pub fn time_stamp_from_unix_ms(milliseconds: i64) -> Option<String> {
    let seconds = expire_time_from_unix(milliseconds.div_euclid(1_000))?;
    Some(format!("{seconds}{:03}", milliseconds.rem_euclid(1_000)))
}

/// UNIX milliseconds of exactly 17 digits; `None` when the text is anything else.
pub fn parse_time_stamp(text: &str) -> Option<i64> {
    if text.len() != 17 {
        return None;
    }
    let milliseconds: i64 = text.get(14..)?.parse().ok()?;
    Some(parse_expire_time(text)? * 1_000 + milliseconds)
}

/// The text `yyyy-MM-dd HH:mm:ss UTC` of a UNIX time in seconds (6.4); `None` outside of the years
/// 1 – 9999.
pub fn licence_time_from_unix(seconds: i64) -> Option<String> {
    let digits = expire_time_from_unix(seconds)?;
    let part = |from: usize, to: usize| digits.get(from..to);
    Some(format!(
        "{}-{}-{} {}:{}:{} UTC",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    ))
}

/// UNIX seconds of `yyyy-MM-dd HH:mm:ss` followed by `UTC`, `GMT` or `Z`; `None` when the text is
/// anything else.
pub fn parse_licence_time(text: &str) -> Option<i64> {
    let (moment, zone) = text.rsplit_once(' ')?;
    if !matches!(zone, "UTC" | "GMT" | "Z") || moment.len() != 19 || !moment.is_ascii() {
        return None;
    }
    let mut digits = String::with_capacity(14);
    for (at, c) in moment.char_indices() {
        match (at, c) {
            (4 | 7, '-') | (10, ' ') | (13 | 16, ':') => {}
            (4 | 7 | 10 | 13 | 16, _) => return None,
            (_, digit) => digits.push(digit),
        }
    }
    parse_expire_time(&digits)
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day comes last.
fn days_from_civil(year: u16, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> Option<(u16, u8, u8)> {
    let days = days.checked_add(719_468)?;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some((u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_moments_that_do_not_exist() {
        assert_eq!(expire_time(2024, 2, 29, 0, 0, 0).as_deref(), Some("20240229000000"));
        assert_eq!(expire_time(2023, 2, 29, 0, 0, 0), None);
        assert_eq!(expire_time(2100, 2, 29, 0, 0, 0), None);
        assert_eq!(expire_time(2024, 13, 1, 0, 0, 0), None);
        assert_eq!(expire_time(2024, 1, 0, 0, 0, 0), None);
        assert_eq!(expire_time(2024, 1, 1, 24, 0, 0), None);
        assert_eq!(expire_time(10_000, 1, 1, 0, 0, 0), None);
        for far in [i64::MIN, i64::MAX, 253_402_300_800] {
            assert_eq!(expire_time_from_unix(far), None);
        }
    }

    #[test]
    fn reads_the_form_with_milliseconds_and_refuses_others() {
        assert_eq!(parse_expire_time("19700101000001999"), Some(1));
        for bad in ["", "1970010100000", "20230229000000", "2023-01-01T0000", "二〇二三年"] {
            assert_eq!(parse_expire_time(bad), None);
        }
    }

    #[test]
    fn the_other_two_forms_are_read_only_as_they_are_written() {
        assert_eq!(time_stamp_from_unix_ms(-1).as_deref(), Some("19691231235959999"));
        assert_eq!(licence_time_from_unix(1).as_deref(), Some("1970-01-01 00:00:01 UTC"));
        assert_eq!(parse_licence_time("1970-01-01 00:00:01 Z"), Some(1));
        for bad in
            ["", "1970-01-01 00:00:01", "1970-01-01T00:00:01 UTC", "1970-01-01 00:00:01 CST", "1970-02-30 00:00:01 UTC"]
        {
            assert_eq!(parse_licence_time(bad), None, "{bad}");
        }
        for bad in ["", "19700101000000", "1970010100000000x", "19700101000000+01", "197001010000000000"] {
            assert_eq!(parse_time_stamp(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_millisecond_comes_back(ms in -62_135_596_800_000_i64..=253_402_300_799_999) {
            let text = time_stamp_from_unix_ms(ms).unwrap();
            prop_assert_eq!(text.len(), 17);
            prop_assert_eq!(parse_time_stamp(&text), Some(ms));
            let text = licence_time_from_unix(ms.div_euclid(1_000)).unwrap();
            prop_assert_eq!(parse_licence_time(&text), Some(ms.div_euclid(1_000)));
        }

        #[test]
        fn every_second_of_the_range_comes_back(seconds in -62_135_596_800_i64..=253_402_300_799) {
            let text = expire_time_from_unix(seconds).unwrap();
            prop_assert_eq!(text.len(), 14);
            prop_assert_eq!(parse_expire_time(&text), Some(seconds));
        }
    }
}
