//! What is not shown, in words: the end of the summary.

use crate::finding::Hidden;

/// What follows the counts of findings: each reason with a number.
pub(super) fn reasons(hidden: &Hidden) -> String {
    let Hidden { severity, comments, baseline, other_files, gone: _, refused: _ } = *hidden;
    let reasons = [
        (severity, "hidden by severity settings"),
        (comments, "suppressed by comments"),
        (baseline, "in the baseline"),
        (other_files, "in other files"),
    ];
    let told = reasons.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, reason)| format!("; {number} {reason}")).collect();
    told.concat()
}

/// Lines about a baseline that says more than was found, or what it cannot say.
pub(super) fn of_baseline(hidden: &Hidden) -> String {
    let lines = |number: usize, what: &str| match number {
        0 => String::new(),
        1 => format!("1 finding of the baseline is {what}\n"),
        _ => format!("{number} findings of the baseline are {what}\n"),
    };
    let gone = "gone; where this was the whole input, `--update-baseline` takes out what is gone";
    lines(hidden.gone, gone) + &lines(hidden.refused, "shown all the same: what widens has to be accepted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_number() {
        assert_eq!(reasons(&Hidden::default()), "");
        assert_eq!(of_baseline(&Hidden::default()), "");
        let hidden = Hidden { severity: 1, comments: 2, baseline: 3, other_files: 4, gone: 1, refused: 2 };
        assert_eq!(
            reasons(&hidden),
            "; 1 hidden by severity settings; 2 suppressed by comments; 3 in the baseline; 4 in other files"
        );
        assert_eq!(
            of_baseline(&hidden),
            "1 finding of the baseline is gone; where this was the whole input, `--update-baseline` takes out what is gone\n\
             2 findings of the baseline are shown all the same: what widens has to be accepted\n"
        );
    }
}
