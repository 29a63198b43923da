//! Rules over resources, inventory and IR.
