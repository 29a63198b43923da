//! Comments for unmesh in the input: what they suppress.

use crate::finding::suppression::{Area, Suppressions, WORD};
use crate::source::{FileId, SourceMap};
use crate::yaml::{self, Comment, Limits, Reach};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// The suppressions of all files. Files without a comment for unmesh are not read again for it.
pub(super) fn suppressions(sources: &SourceMap) -> Suppressions {
    let files: Vec<FileId> = sources.iter().map(|(id, _)| id).collect();
    let read = |id: &FileId| {
        let file = sources.file(*id);
        if !yaml::has_comment(&file.text, WORD) {
            return Vec::new();
        }
        yaml::comments(*id, file, &yaml::parse(*id, file, Limits::default()), WORD)
    };
    let found: Vec<Vec<Comment>> = files.par_iter().map(read).collect();
    let mut suppressions = Suppressions::default();
    for Comment { span, reach } in found.into_iter().flatten() {
        let area = match reach {
            Reach::Document(span) => Area::Document(span),
            Reach::Line(span) => Area::Line(span),
            Reach::Nothing => Area::Nothing("nothing stands below it in its document"),
            Reach::Unread => Area::Nothing("its document cannot be read"),
            Reach::Outside => Area::Nothing("it stands in no document"),
        };
        suppressions.add(span, area, sources);
    }
    suppressions
}
