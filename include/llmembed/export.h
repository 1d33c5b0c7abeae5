// Marks what the shared library shows to its users; everything else stays hidden.
#pragma once

#define LLMEMBED_EXPORT __attribute__((visibility("default")))
// A part of a shown class that is not shown.
#define LLMEMBED_HIDDEN __attribute__((visibility("hidden")))
