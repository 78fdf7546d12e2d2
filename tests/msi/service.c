/* A service for tests: reads its port as the service contract says, and answers every request with its version.
   Built with -DVERSION="\"1.0.0\"". With the property GREETING=fail it ends before it is running. */
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <string.h>

static SERVICE_STATUS_HANDLE handle;
static SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, SERVICE_START_PENDING, SERVICE_ACCEPT_STOP, 0, 0, 0, 10000};
static char name[256];
static SOCKET listener = INVALID_SOCKET;

static void report(DWORD state, DWORD code)
{
    status.dwCurrentState = state;
    status.dwWin32ExitCode = code;
    SetServiceStatus(handle, &status);
}

static void WINAPI control(DWORD code)
{
    if (code == SERVICE_CONTROL_STOP) {
        report(SERVICE_STOP_PENDING, 0);
        closesocket(listener);
    }
}

static void setting(const char *key, const char *value, char *out, DWORD size)
{
    char path[512];
    snprintf(path, sizeof path, "SYSTEM\\CurrentControlSet\\Services\\%s\\Parameters\\%s", name, key);
    DWORD number, length = sizeof number;
    out[0] = 0;
    if (RegGetValueA(HKEY_LOCAL_MACHINE, path, value, RRF_RT_REG_SZ, NULL, out, &size))
        if (!RegGetValueA(HKEY_LOCAL_MACHINE, path, value, RRF_RT_REG_DWORD, NULL, &number, &length))
            sprintf(out, "%lu", number);
}

static void WINAPI service_main(DWORD argc, char **argv)
{
    char port[16], greeting[64], answer[512];
    struct sockaddr_in address = {0};
    WSADATA data;
    SOCKET client;

    (void)argc;
    (void)argv;
    handle = RegisterServiceCtrlHandlerA(name, control);
    report(SERVICE_START_PENDING, 0);
    setting("Ports", "http", port, sizeof port);
    setting("Properties", "GREETING", greeting, sizeof greeting);
    WSAStartup(0x202, &data);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((u_short)atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!strcmp(greeting, "fail") || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 5)) {
        report(SERVICE_STOPPED, ERROR_SERVICE_SPECIFIC_ERROR);
        return;
    }
    snprintf(answer, sizeof answer, "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n%s %s\n", greeting, VERSION);
    report(SERVICE_RUNNING, 0);
    while ((client = accept(listener, NULL, NULL)) != INVALID_SOCKET) {
        char request[1024];
        recv(client, request, sizeof request, 0);
        send(client, answer, (int)strlen(answer), 0);
        shutdown(client, SD_SEND);
        closesocket(client);
    }
    report(SERVICE_STOPPED, 0);
}

int main(int argc, char **argv)
{
    static const char prefix[] = "--gorelease-service=";
    SERVICE_TABLE_ENTRYA table[] = {{name, service_main}, {NULL, NULL}};

    if (argc < 2 || strncmp(argv[1], prefix, sizeof prefix - 1))
        return 2;
    snprintf(name, sizeof name, "%s", argv[1] + sizeof prefix - 1);
    return !StartServiceCtrlDispatcherA(table);
}
