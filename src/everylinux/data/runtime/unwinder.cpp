/* The compiler's own unwinder, LLVM's, with what it does for every frame of a thrown exception made shorter: two of its
   functions are here as explicit specialisations for the process that it runs in, and so is a memory of the objects that
   frames lie in. Everything else is included as it is. */
#include <link.h>
#include <string.h>

/* Asked for each frame on a libc that has no _dl_find_object (glibc's since 2.35). */
static int visit_objects(int (*visitor)(dl_phdr_info *, size_t, void *), void *wanted);

#if defined(__riscv)
/* Reads a register that only CPUs with vectors have: where the function is inlined, a compiler may do so before anybody
   asks, as long as the instruction is not volatile (GCC manual, Extended Asm). */
#include "cet_unwind.h"
#include "config.h"
#include "libunwind.h"
#define __asm__ __asm__ __volatile__
#include "Registers.hpp"
#undef __asm__
#endif

#define dl_iterate_phdr visit_objects
#include "UnwindCursor.hpp"
#undef dl_iterate_phdr

namespace libunwind {

/* The objects in which frames were found, for as long as nothing was loaded or unloaded (dl_iterate_phdr(3): dlpi_adds,
   dlpi_subs). glibc holds its loader's lock meanwhile, musl does not (ldso/dynlink.c): who finds this taken does without,
   so that nobody waits, not even in a signal's handler or in the child of a fork. */
struct Remembered {
    static const unsigned most = 8;
    struct {
        uintptr_t begin, length;
        UnwindInfoSections sections;
    } objects[most];
    unsigned used, next;
    unsigned long long adds, subs;
    bool taken;

    bool take() { return !__atomic_exchange_n(&taken, true, __ATOMIC_ACQUIRE); }
    void give() { __atomic_store_n(&taken, false, __ATOMIC_RELEASE); }

    bool find(const dl_phdr_info *any, dl_iterate_cb_data *wanted) {
        bool found = false;
        if (!take()) return false;
        if (any->dlpi_adds != adds || any->dlpi_subs != subs) used = next = 0;
        adds = any->dlpi_adds;
        subs = any->dlpi_subs;
        for (unsigned index = 0; index < used && !found; index++) {
            found = wanted->targetAddr - objects[index].begin < objects[index].length;
            if (found) *wanted->sects = objects[index].sections;
        }
        give();
        return found;
    }

    void add(const dl_phdr_info *info, const UnwindInfoSections &sections) {
        if (!take()) return;
        if (info->dlpi_adds == adds && info->dlpi_subs == subs) {
            objects[next] = {sections.dso_base, sections.text_segment_length, sections};
            next = (next + 1) % most;
            if (used < most) used++;
        }
        give();
    }
};

static Remembered remembered;

struct Visit {
    int (*visitor)(dl_phdr_info *, size_t, void *);
    dl_iterate_cb_data *wanted;
    bool begun;
};

static int visit_one(dl_phdr_info *info, size_t size, void *data) {
    Visit *visit = static_cast<Visit *>(data);
    if (!visit->begun && remembered.find(info, visit->wanted)) return 1;
    visit->begun = true;
    const int found = visit->visitor(info, size, visit->wanted);
    if (found) remembered.add(info, *visit->wanted->sects);
    return found;
}

} // namespace libunwind

static int visit_objects(int (*visitor)(dl_phdr_info *, size_t, void *), void *wanted) {
    libunwind::Visit visit = {visitor, static_cast<libunwind::dl_iterate_cb_data *>(wanted), false};
    return dl_iterate_phdr(libunwind::visit_one, &visit);
}

#if defined(_LIBUNWIND_SUPPORT_DWARF_INDEX) /* 32-bit ARM has tables of another kind */
#if defined(__x86_64__)
#define REGISTERS Registers_x86_64
#elif defined(__i386__)
#define REGISTERS Registers_x86
#elif defined(__aarch64__)
#define REGISTERS Registers_arm64
#elif defined(__riscv)
#define REGISTERS Registers_riscv
#elif defined(__s390x__)
#define REGISTERS Registers_s390x
#elif defined(__powerpc64__)
#define REGISTERS Registers_ppc64
#endif

namespace libunwind {

using Here = LocalAddressSpace;
using Frames = CFI_Parser<Here>;

/* Finds a function in the table that linkers make of an object's: pairs of distances from the table's own beginning,
   sorted (Linux Standard Base Core, Exception Frames, The .eh_frame_hdr Section). One that is written otherwise is not
   searched here, but the frames themselves from the first on. */
template <>
bool EHHeaderParser<Here>::findFDE(Here &here, uintptr_t pc, uintptr_t start, uint32_t length, Frames::FDE_Info *frame,
                                   Frames::CIE_Info *common) {
    struct Pair {
        int32_t function, frame;
    };
    EHHeaderInfo header;
    if (!decodeEHHdr(here, start, start + length, header) || header.fde_count == 0) return false;
    if (header.table_enc != (DW_EH_PE_datarel | DW_EH_PE_sdata4)) return false;
    const Pair *found = reinterpret_cast<const Pair *>(header.table);
    const intptr_t wanted = static_cast<intptr_t>(pc - start);
    for (size_t count = header.fde_count, half; count > 1; count -= half) {
        half = count / 2;
        if (found[half].function <= wanted) found += half;
    }
    const char *wrong = Frames::decodeFDE(here, start + found->frame, frame, common);
    return wrong == nullptr && frame->pcStart <= pc && pc < frame->pcEnd;
}

/* Whether an instruction could be among others: its byte is. */
static bool could_have(uint8_t instruction, uintptr_t begin, uintptr_t end) {
    return memchr(reinterpret_cast<const void *>(begin), instruction, end - begin) != nullptr;
}

/* Notes what was found of a frame. What its instructions say is asked once more where the frame is left; here only how
   much a call has pushed counts, which one instruction tells (DW_CFA_GNU_args_size). Where that one cannot be, none is
   run. */
template <>
bool UnwindCursor<Here, REGISTERS>::getInfoFromFdeCie(const Frames::FDE_Info &frame, const Frames::CIE_Info &common,
                                                      uintptr_t pc, uintptr_t object) {
    _info = {};
    if (could_have(DW_CFA_GNU_args_size, common.cieInstructions, common.cieStart + common.cieLength) ||
        could_have(DW_CFA_GNU_args_size, frame.fdeInstructions, frame.fdeStart + frame.fdeLength)) {
        Frames::PrologInfo pushed;
        if (!Frames::parseFDEInstructions(_addressSpace, frame, common, pc, REGISTERS::getArch(), &pushed)) return false;
        _info.gp = pushed.spExtraArgSize;
    }
    _info.start_ip = frame.pcStart;
    _info.end_ip = frame.pcEnd;
    _info.lsda = frame.lsda;
    _info.handler = common.personality;
    _info.format = dwarfEncoding();
    _info.unwind_info = frame.fdeStart;
    _info.unwind_info_size = static_cast<uint32_t>(frame.fdeLength);
    _info.extra = object;
    return true;
}

} // namespace libunwind
#endif

#include "libunwind.cpp"
