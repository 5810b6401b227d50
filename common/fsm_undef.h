/* fsm_undef.h -- last line of a machine's .def.  No include guard on purpose. */
#undef STATE
#undef FINAL
#undef EVENT
#undef ROW
#undef TIMER
#undef IGNORE
