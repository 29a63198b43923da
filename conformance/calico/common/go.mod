// What all versions of Calico are asked in the same way. It requires nothing itself: the module of
// each version names the Calico that it is built with.
module unmesh/conformance/calico/common

go 1.21
