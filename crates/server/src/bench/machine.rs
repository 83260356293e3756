//! Facts about the machine and about processes.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

fn file(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn field<'t>(text: &'t str, name: &str) -> &'t str {
    text.lines().find_map(|l| l.strip_prefix(name)).map_or("", |rest| rest.trim_start_matches([':', '\t', ' ']).trim())
}

/// Kilobytes in a line such as `VmRSS:  1234 kB`.
fn kilobytes(text: &str, name: &str) -> f64 {
    field(text, name).split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
}

/// Durable appends of 4 KiB a second on the disk of `folder`: what every commit pays at least.
pub(super) fn durable_appends(folder: &Path) -> Result<f64, String> {
    let path = folder.join("fsync.probe");
    let mut probe = std::fs::File::create(&path).map_err(|e| e.to_string())?;
    let (begin, mut count) = (Instant::now(), 0u32);
    while begin.elapsed() < Duration::from_secs(2) {
        probe.write_all(&[7; 4096]).and_then(|()| probe.sync_data()).map_err(|e| e.to_string())?;
        count += 1;
    }
    let rate = f64::from(count) / begin.elapsed().as_secs_f64();
    let _ = std::fs::remove_file(&path);
    Ok(rate)
}

/// Name and value of what a reader needs to compare.
pub(super) fn facts(appends: f64) -> Vec<(String, String)> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = file("/proc/cpuinfo")
        .lines()
        .find_map(|l| l.strip_prefix("model name").map(|r| r.trim_start_matches([':', '\t', ' ']).to_owned()));
    let memory = kilobytes(&file("/proc/meminfo"), "MemTotal") / 1024.0 / 1024.0;
    let kind = if cfg!(debug_assertions) { "debug (figures mean nothing)" } else { "release" };
    vec![
        ("Cores".into(), cores.to_string()),
        ("Processor".into(), processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned())),
        ("Memory".into(), format!("{memory:.1} GiB")),
        ("System".into(), format!("{} {}", std::env::consts::OS, file("/proc/sys/kernel/osrelease").trim())),
        ("Load average before the run".into(), file("/proc/loadavg").split(' ').take(1).collect()),
        ("Durable appends of 4 KiB".into(), format!("{appends:.0}/s")),
        ("Build".into(), format!("{} {kind}", env!("CARGO_PKG_VERSION"))),
    ]
}

/// Processor time that a process has taken so far. The kernel counts it in hundredths of a second.
pub(super) fn cpu_time(process: u32) -> Duration {
    let stat = file(&format!("/proc/{process}/stat"));
    // The name in parentheses may hold anything; user and system time are fields 14 and 15.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Memory of a process in MiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Resident, shared file pages included.
    pub(super) resident: f64,
    /// Resident and not backed by a file.
    pub(super) anonymous: f64,
    /// Resident, each shared page divided among those who share it.
    pub(super) proportional: f64,
}

/// Memory of a process; zeros where the system does not tell.
pub(super) fn memory(process: u32) -> Memory {
    let status = file(&format!("/proc/{process}/status"));
    let rollup = file(&format!("/proc/{process}/smaps_rollup"));
    Memory {
        resident: kilobytes(&status, "VmRSS") / 1024.0,
        anonymous: kilobytes(&rollup, "Anonymous") / 1024.0,
        proportional: kilobytes(&rollup, "Pss") / 1024.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_proc_are_read() {
        let text = "Rss:   10 kB\nPss:     1234 kB\nPss_Anon: 7 kB\n";
        assert!((kilobytes(text, "Pss") - 1234.0).abs() < 1e-9);
        assert!(kilobytes(text, "Missing").abs() < 1e-9);
    }
}
