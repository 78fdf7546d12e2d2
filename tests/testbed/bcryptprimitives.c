/*
 * A stand-in for the DLL that Go 1.22 and newer load at start and Wine before 9 lacks. For tests only:
 * it is laid into the test prefix's system32 and holds the one function that Go calls.
 */
#include <windows.h>

/* advapi32 exports RtlGenRandom under this name. */
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
    return SystemFunction036(data, (ULONG)size);
}
