//! The command that verifies the audit log, against itself and against heads that were kept elsewhere.

use app::{Actor, App};
use std::path::PathBuf;
use store::evidence::Head;

/// Reads a file of heads: one line each, empty lines and lines that begin with `#` left out.
fn read_heads(text: &str) -> Result<Vec<Head>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(n, line)| Head::from_line(line).ok_or(format!("line {} is no head", n + 1))).collect()
}

/// Verifies the log; compares it with the heads of `expect`, then writes its heads to `heads`. An
/// error when anything does not fit: then nothing is written.
pub async fn verify(
    app: &App,
    operator: &Actor,
    heads: Option<PathBuf>,
    expect: Option<PathBuf>,
) -> Result<(), String> {
    let found = app.verify_audit(operator).await.map_err(|e| e.to_string())?;
    println!("{} chains, {} entries, digest {}", found.chains, found.entries, found.digest);
    let mut breaks = found.breaks;
    if let Some(file) = expect {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let earlier = read_heads(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("{} heads of {} compared", earlier.len(), file.display());
        breaks.extend(app.missing_heads(operator, earlier).await.map_err(|e| e.to_string())?);
    }
    for b in &breaks {
        println!("chain {} breaks at entry {}: {}", b.chain, b.seq, b.reason);
    }
    if !breaks.is_empty() {
        return Err("the audit log is broken".into());
    }
    if let Some(file) = heads {
        let all = app.audit_heads(operator).await.map_err(|e| e.to_string())?;
        let lines: Vec<String> = all.iter().map(Head::to_line).collect();
        std::fs::write(&file, lines.join("\n") + "\n").map_err(|e| format!("{}: {e}", file.display()))?;
        println!("{} heads written to {}", all.len(), file.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_heads_is_read_whole_or_not_at_all() {
        let hash = "0a".repeat(32);
        let text = format!("# kept on Monday\n\norg_1 3 {hash}\nplatform 9 {hash}\n");
        assert_eq!(read_heads(&text).unwrap().len(), 2);
        assert_eq!(read_heads(&format!("org_1 3 {hash}\nnonsense\n")).unwrap_err(), "line 2 is no head");
    }
}
