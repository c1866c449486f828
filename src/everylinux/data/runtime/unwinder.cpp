/* The compiler's own unwinder, LLVM's, with what it does for every frame of a thrown exception made shorter: three of its
   functions are here as explicit specialisations for the process that it runs in, beside memories of what was found.
   Everything else is included as it is. */
#include <link.h>
#include <string.h>

/* Registers of vectors are no call's to keep on x86-64 (System V ABI, Register Usage), and GCC's unwinder knows of none
   (gcc config/i386/i386.h, DWARF_FRAME_REGISTERS). LLVM's has place for them in all that it notes of a frame, but cannot
   leave a frame that tells of one. */
#if defined(__x86_64__)
#include "__libunwind_config.h"
#undef _LIBUNWIND_HIGHEST_DWARF_REGISTER_X86_64
#define _LIBUNWIND_HIGHEST_DWARF_REGISTER_X86_64 16
#endif

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

/* Whether an instruction could be among others: its byte is. */
static bool could_have(uint8_t instruction, uintptr_t begin, uintptr_t end) {
    return memchr(reinterpret_cast<const void *>(begin), instruction, end - begin) != nullptr;
}

/* What was read of a frame, and whether a call in it could have pushed something (DW_CFA_GNU_args_size). */
struct Found {
    Frames::FDE_Info frame;
    Frames::CIE_Info common;
    bool pushes;

    Found() = default;
    Found(const Frames::FDE_Info &frame, const Frames::CIE_Info &common)
        : frame(frame), common(common),
          pushes(could_have(DW_CFA_GNU_args_size, common.cieInstructions, common.cieStart + common.cieLength) ||
                 could_have(DW_CFA_GNU_args_size, frame.fdeInstructions, frame.fdeStart + frame.fdeLength)) {}

    bool tell(Frames::FDE_Info *to_frame, Frames::CIE_Info *to_common) const {
        *to_frame = frame;
        *to_common = common;
        return true;
    }
};

/* Where this program or library itself begins and ends, as the linker says. */
extern "C" const char __ehdr_start[] __attribute__((weak, visibility("hidden")));
extern "C" const char _end[] __attribute__((weak, visibility("hidden")));

/* What a thread found: the frame that it looked at last, as the same would be read again where that is left, and those of
   functions beside this one. The former is of the same walk, which begins with a look at the unwinder's own function;
   the latter stay right, as the program or library that holds them is the one that runs. A signal's handler that throws
   while this is in use does without. */
struct Known {
    static const unsigned most = 16;
    bool taken;
    const Found *last;
    unsigned next;
    uintptr_t own_pcs[most];
    Found own[most], other;

    static bool is_own(uintptr_t pc) {
        const uintptr_t begin = reinterpret_cast<uintptr_t>(__ehdr_start);
        return begin && pc - begin < reinterpret_cast<uintptr_t>(_end) - begin;
    }
    /* Returns the one of a function beside this, null where it is not known. */
    Found *find_own(uintptr_t pc) {
        for (unsigned index = 0; index < most; index++) {
            if (own_pcs[index] == pc) return &own[index];
        }
        return nullptr;
    }
    Found *add(uintptr_t pc) {
        if (!is_own(pc)) return &other;
        own_pcs[next] = pc;
        Found *const added = &own[next];
        next = (next + 1) % most;
        return added;
    }

    bool take() {
        if (taken) return false;
        taken = true;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        return true;
    }
    void give() {
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        taken = false;
    }

    bool recall_last(uintptr_t start, Frames::FDE_Info *frame, Frames::CIE_Info *common) {
        if (!take()) return false;
        const bool found = last && last->frame.fdeStart == start && last->tell(frame, common);
        give();
        return found;
    }
    bool recall_own(uintptr_t pc, Frames::FDE_Info *frame, Frames::CIE_Info *common) {
        if (!take()) return false;
        const Found *one = find_own(pc);
        const bool found = one && one->tell(frame, common);
        give();
        return found;
    }
    /* Returns whether a call could have pushed something. */
    bool remember(uintptr_t pc, const Frames::FDE_Info &frame, const Frames::CIE_Info &common) {
        if (!take()) return Found(frame, common).pushes;
        Found *one = find_own(pc);
        if (!one) *(one = add(pc)) = Found(frame, common);
        last = one;
        const bool pushes = one->pushes;
        give();
        return pushes;
    }
};

static thread_local Known known;

/* Reads what is said of one function (Linux Standard Base Core, The Frame Description Entry Format). */
static const char *decode(Here &here, uintptr_t start, Frames::FDE_Info *frame, Frames::CIE_Info *common) {
    uintptr_t place = start, length = here.get32(place);
    place += sizeof(uint32_t);
    if (length == 0xffffffff) {
        length = static_cast<uintptr_t>(here.get64(place));
        place += sizeof(uint64_t);
    }
    if (length == 0) return "no entry, but the end of all";
    const uintptr_t end = place + length;
    const uint32_t distance = here.get32(place);
    if (distance == 0) return "what functions have in common, none of them";
    if (const char *wrong = Frames::parseCIE(here, place - distance, common)) return wrong;
    place += sizeof distance;
    frame->pcStart = here.getEncodedP(place, end, common->pointerEncoding);
    frame->pcEnd = frame->pcStart + here.getEncodedP(place, end, common->pointerEncoding & 0x0f);
    frame->lsda = 0;
    if (common->fdesHaveAugmentationData) {
        const uintptr_t more = static_cast<uintptr_t>(here.getULEB128(place, end)), behind = place + more;
        uintptr_t ahead = place;
        const bool given = common->lsdaEncoding != DW_EH_PE_omit;
        if (given && here.getEncodedP(ahead, end, common->lsdaEncoding & 0x0f) != 0) {
            frame->lsda = here.getEncodedP(place, end, common->lsdaEncoding);
        }
        place = behind;
    }
    frame->fdeStart = start;
    frame->fdeLength = end - start;
    frame->fdeInstructions = place;
    return nullptr;
}

template <>
const char *Frames::decodeFDE(Here &here, uintptr_t start, FDE_Info *frame, CIE_Info *common, bool) {
    return known.recall_last(start, frame, common) ? nullptr : decode(here, start, frame, common);
}

/* Finds a function in the table that linkers make of an object's: pairs of distances from the table's own beginning,
   sorted (Linux Standard Base Core, Exception Frames, The .eh_frame_hdr Section). One that is written otherwise is not
   searched here, but the frames themselves from the first on. */
template <>
bool EHHeaderParser<Here>::findFDE(Here &here, uintptr_t pc, uintptr_t start, uint32_t length, Frames::FDE_Info *frame,
                                   Frames::CIE_Info *common) {
    struct Pair {
        int32_t function, frame;
    };
    if (known.recall_own(pc, frame, common)) return true;
    EHHeaderInfo header;
    if (!decodeEHHdr(here, start, start + length, header) || header.fde_count == 0) return false;
    if (header.table_enc != (DW_EH_PE_datarel | DW_EH_PE_sdata4)) return false;
    const Pair *found = reinterpret_cast<const Pair *>(header.table);
    const intptr_t wanted = static_cast<intptr_t>(pc - start);
    for (size_t count = header.fde_count, half; count > 1; count -= half) {
        half = count / 2;
        if (found[half].function <= wanted) found += half;
    }
    const char *wrong = decode(here, start + found->frame, frame, common);
    return wrong == nullptr && frame->pcStart <= pc && pc < frame->pcEnd;
}

/* Notes what was found of a frame. What its instructions say is asked once more where the frame is left; here only how
   much a call has pushed counts, which one instruction tells (DW_CFA_GNU_args_size). Where that one cannot be, none is
   run. */
template <>
bool UnwindCursor<Here, REGISTERS>::getInfoFromFdeCie(const Frames::FDE_Info &frame, const Frames::CIE_Info &common,
                                                      uintptr_t pc, uintptr_t object) {
    _info = {};
    if (known.remember(pc, frame, common)) {
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

/* A personality sets where a frame goes on, and there it goes: nobody asks any more what frame that is. */
#define __unw_set_reg __everylinux_set_and_find
#include "libunwind.cpp"
#undef __unw_set_reg

extern "C" int __unw_set_reg(unw_cursor_t *cursor, unw_regnum_t number, unw_word_t value) {
    if (number != UNW_REG_IP) return __everylinux_set_and_find(cursor, number, value);
    AbstractUnwindCursor *frame = reinterpret_cast<AbstractUnwindCursor *>(cursor);
    unw_proc_info_t left;
    frame->getInfo(&left);
    frame->setReg(number, value);
    if (left.gp) frame->setReg(UNW_REG_SP, frame->getReg(UNW_REG_SP) + left.gp);
    return UNW_ESUCCESS;
}
#else
#include "libunwind.cpp"
#endif
