//! UM5xx: limits and traps of the target.

super::codes! {
    POLICY_IN_FORCE = "UM501", "policy-in-force", "pods that another network policy selects too";
    IN_FORCE_FIRST = "UM502", "in-force-first", "another policy that would let traffic through before ours is asked", blocks;
    NAME_TAKEN = "UM503", "name-taken", "a name that another object of the input has already", blocks;
    BEYOND_NEXT_RELEASE = "UM504", "beyond-next-release", "an object that Calico takes today and its next release refuses";
    HTTP_BESIDE_POLICY = "UM505", "http-beside-policy", "rules by method or path on pods that another network policy selects too";
    EARLY_TIER = "UM506", "early-tier", "a tier of the input before which unmesh's tiers have to stand";
    STAGED = "UM507", "staged", "policies that are watched and not enforced";
    POLICIES_ADD_UP = "UM510", "policies-add-up", "a network policy that lets in what the mesh refused", blocks;
    TOO_MANY_CASES = "UM511", "too-many-cases", "policies that overlap in more ways than can be written";
}
