//! UM0xx: what is wrong with the input before anything is understood.

super::codes! {
    UNREADABLE_YAML = "UM001", "unreadable-yaml", Error [None], "a document that is no YAML";
    UNREADABLE_FILE = "UM002", "unreadable-file", Error [None], "a file that is no text, or cannot be read";
    TEMPLATE_SYNTAX = "UM003", "template-syntax", Error [None], "a file with template syntax, which has to be rendered first";
    LIMIT_EXCEEDED = "UM004", "limit-exceeded", Error [None], "a document nested too deeply, or with aliases that grow too large";
    DUPLICATE_KEY = "UM005", "duplicate-key", Error [None], "a key that stands twice in one mapping";
    UNKNOWN_FIELD = "UM006", "unknown-field", Error [Widens Narrows None], "a field that the kind does not have";
    WRONG_TYPE = "UM007", "wrong-type", Error [Widens Narrows None], "a value of another type than its field";
    WRONG_VALUE = "UM008", "wrong-value", Error [Widens Narrows None], "a value that its field does not allow";
    UNQUOTED_SCALAR = "UM009", "unquoted-scalar", Error [None], "an unquoted scalar that Kubernetes does not read as a string";
    POLICY_UNREADABLE = "UM010", "policy-unreadable", Error [Widens], "an Istio policy that cannot be read whole, and may have been a refusal", blocks;
    POLICY_INVALID = "UM011", "policy-invalid", Error [Widens], "an Istio policy that Istio itself refuses", blocks;
    DUPLICATE_OBJECT = "UM012", "duplicate-object", Error [None], "two different documents of one identity";
    DUPLICATE_POLICY = "UM013", "duplicate-policy", Error [Widens], "two different policies of one identity", blocks;
    UNSUPPORTED_KIND = "UM014", "unsupported-kind", Warning [Widens], "an Istio kind that unmesh cannot read yet";
    UNSUPPORTED_VERSION = "UM015", "unsupported-version", Error [Widens], "an API version that unmesh does not know";
    DEFAULT_NAMESPACE = "UM016", "default-namespace", Info [None], "an object without a namespace";
    KUSTOMIZE_PATCH = "UM017", "kustomize-patch", Warning [None], "a document that is a kustomize patch and no resource";
    NOT_AN_OBJECT = "UM018", "not-an-object", Warning [None], "a document without apiVersion, kind or name";
    KUSTOMIZATION_NOT_APPLIED = "UM019", "kustomization-not-applied", Warning [None], "a kustomization that changes resources, read as if it did not";
    REQUEST_AUTHENTICATION_INVALID = "UM020", "request-authentication-invalid", Error [Widens], "a RequestAuthentication that Istio itself refuses";
    RESOURCE_INVALID = "UM021", "resource-invalid", Error [Widens Narrows None], "a resource of networking or telemetry that Istio itself refuses";
    DEAD_KIND = "UM022", "dead-kind", Warning [Widens], "a kind that Istio dropped years ago";
    STALE_OUTPUT = "UM030", "stale-output", Error [Widens None], "an object of an earlier run that this one would not write";
    NEWER_TARGET = "UM031", "newer-target", Warning [None], "a version of the target that is newer than what is known of it";
    UNMATCHED_ACCEPTANCE = "UM032", "unmatched-acceptance", Warning [None], "an acceptance where there is nothing to accept";
    UNKNOWN_ANNOTATION = "UM033", "unknown-annotation", Warning [None], "an annotation or label of Istio's that Istio does not know";
    MISPLACED_ANNOTATION = "UM034", "misplaced-annotation", Warning [None], "an annotation or label of Istio's where Istio does not look for it";
    DEPRECATED_ANNOTATION = "UM035", "deprecated-annotation", Info [None], "an annotation that Istio is about to drop";
    INJECTION_UNCLEAR = "UM036", "injection-unclear", Warning [None], "labels that say of a proxy what was hardly meant";
    UNUSED_SUPPRESSION = "UM045", "unused-suppression", Warning [None], "a suppression comment that hides nothing";
    SUPPRESSION_WITHOUT_REASON = "UM046", "suppression-without-reason", Warning [None], "a suppression comment that does not say why";
    SUPPRESSION_REFUSED = "UM047", "suppression-refused", Warning [None], "a suppression comment for what widens, which has to be accepted";
    MALFORMED_SUPPRESSION = "UM048", "malformed-suppression", Warning [None], "a comment to unmesh that it cannot read, or with a code that it does not have";
}
