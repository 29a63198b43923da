//! UM5xx: limits and traps of the target.

super::codes! {
    POLICY_IN_FORCE = "UM501", "policy-in-force", Error [Narrows None], "pods that another network policy selects too";
    IN_FORCE_FIRST = "UM502", "in-force-first", Error [Widens], "another policy that would let traffic through before ours is asked", blocks;
    NAME_TAKEN = "UM503", "name-taken", Error [Widens], "a name that another object of the input has already", blocks;
    BEYOND_NEXT_RELEASE = "UM504", "beyond-next-release", Warning [None], "an object that Calico takes today and its next release refuses";
    HTTP_BESIDE_POLICY = "UM505", "http-beside-policy", Error [Narrows], "rules by method or path on pods that another network policy selects too";
    EARLY_TIER = "UM506", "early-tier", Info [None], "a tier of the input before which unmesh's tiers have to stand";
    STAGED = "UM507", "staged", Info [None], "policies that are watched and not enforced";
    POLICIES_ADD_UP = "UM510", "policies-add-up", Error [Widens], "a network policy that lets in what the mesh refused", blocks;
    TOO_MANY_CASES = "UM511", "too-many-cases", Error [Narrows], "policies that overlap in more ways than can be written";
}
