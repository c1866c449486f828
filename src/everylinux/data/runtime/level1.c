/* LLVM's unwinder where GCC's is there, too (other.h): an exception that came by that one goes on by that one. */
#if !defined(__arm__) /* another protocol (ARM EHABI): zig's own stays */
#define _GNU_SOURCE
#define _Unwind_RaiseException __everylinux_raise
#define _Unwind_Resume __everylinux_resume
#include "UnwindLevel1.c"
#undef _Unwind_RaiseException
#undef _Unwind_Resume

#include "other.h"
#include <link.h>

struct OtherUnwinder other_unwinder;
static __thread struct _Unwind_Exception *came_by_other;

/* Where this program or library itself begins and ends, as the linker says. */
extern const char __ehdr_start[] __attribute__((weak, visibility("hidden")));
extern const char _end[] __attribute__((weak, visibility("hidden")));

/* An object of the process, found by an address inside of it. */
struct Object {
    uintptr_t inside, base;
    const ElfW(Dyn) *dynamic;
};

static int is_object(struct dl_phdr_info *info, size_t size, void *data) {
    struct Object *object = data;
    const ElfW(Dyn) *dynamic = NULL;
    bool holds = false;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        const uintptr_t begin = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_DYNAMIC) dynamic = (const ElfW(Dyn) *)begin;
        if (header->p_type == PT_LOAD && object->inside - begin < header->p_memsz) holds = true;
    }
    if (!holds) return 0;
    object->base = info->dlpi_addr;
    object->dynamic = dynamic;
    return 1;
}

/* Returns what an entry of the dynamic section points at: most loaders make an address of it, not all (RISC-V's does not). */
static const void *table(const struct Object *object, ElfW(Sxword) tag) {
    for (const ElfW(Dyn) *entry = object->dynamic; entry != NULL && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag != tag) continue;
        return (const void *)(entry->d_un.d_ptr < object->base ? entry->d_un.d_ptr + object->base : entry->d_un.d_ptr);
    }
    return NULL;
}

/* Returns the address of a function that an object offers, by its GNU hash table (binutils elflink.c), 0 without. */
static uintptr_t offered(const struct Object *object, const char *name) {
    const uint32_t *hashes = table(object, DT_GNU_HASH);
    const ElfW(Sym) *symbols = table(object, DT_SYMTAB);
    const char *names = table(object, DT_STRTAB);
    if (hashes == NULL || symbols == NULL || names == NULL || hashes[0] == 0) return 0;
    const uint32_t *buckets = hashes + 4 + hashes[2] * (sizeof(ElfW(Addr)) / sizeof *hashes);
    const uint32_t *chains = buckets + hashes[0];
    uint32_t hash = 5381;
    for (const char *letter = name; *letter != 0; letter++) hash = hash * 33 + (unsigned char)*letter;
    uint32_t index = buckets[hash % hashes[0]];
    for (; index >= hashes[1]; index++) {
        const uint32_t found = chains[index - hashes[1]];
        const ElfW(Sym) *symbol = &symbols[index];
        if ((found | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF && strcmp(names + symbol->st_name, name) == 0) {
            return object->base + symbol->st_value;
        }
        if (found & 1) break;
    }
    return 0;
}

/* Takes the functions of the unwinder whose code an address is of; false where it does not offer them. */
static bool take_other(const void *inside) {
    struct Object object = {.inside = (uintptr_t)inside};
    const char *const names[] = {
        "_Unwind_GetLanguageSpecificData", "_Unwind_GetRegionStart", "_Unwind_GetIP", "_Unwind_SetGR",
        "_Unwind_SetIP", "_Unwind_Resume", "_Unwind_Resume_or_Rethrow",
    };
    uintptr_t found[sizeof names / sizeof *names];
    if (dl_iterate_phdr(is_object, &object) == 0) return false;
    for (unsigned index = 0; index < sizeof names / sizeof *names; index++) {
        found[index] = offered(&object, names[index]);
        if (found[index] == 0) return false;
    }
    memcpy(&other_unwinder, found, sizeof found);
    return true;
}

struct _Unwind_Context *context_from(const void *caller, struct _Unwind_Context *context,
                                     struct _Unwind_Exception *exception) {
    const uintptr_t begin = (uintptr_t)__ehdr_start;
    if ((uintptr_t)caller - begin < (uintptr_t)_end - begin) return context;
    if (!take_other(caller)) return context; /* LLVM's in another program or library */
    came_by_other = exception;
    return (struct _Unwind_Context *)((uintptr_t)context | 1);
}

void _Unwind_Resume(struct _Unwind_Exception *exception) {
    if (other_unwinder.resume != NULL && came_by_other == exception) other_unwinder.resume(exception);
    __everylinux_resume(exception);
}

/* A thread that ends and was stopped by `catch (...)` goes on ending by `throw;`. */
_Unwind_Reason_Code _Unwind_RaiseException(struct _Unwind_Exception *exception) {
    if (other_unwinder.rethrow != NULL && came_by_other == exception) return other_unwinder.rethrow(exception);
    return __everylinux_raise(exception);
}
#endif
