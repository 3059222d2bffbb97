/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong in a fake host, at the Nth call of what is outside and there. */
#pragma once

#include "tests/lib/world.h"

/* The exit status of a process that fault_stop() has ended. */
#define FAULT_STOPPED 77

/* Lets @fault happen at call @at of the next use case; ends that. */
void faults_hook (World *world, void (*fault) (unsigned call), unsigned at);
void faults_unhook (World *world);

/* Faults: this call and all that follow fail; a signal comes; the process dies. */
void fault_fail_from (unsigned call);
void fault_interrupt (unsigned call);
void fault_stop (unsigned call);
