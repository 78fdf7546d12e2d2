# A program with a service host of its own, and one that only claims to have one: what Windows then writes.
$Service = 'HelloService'
Register-ServiceCleanup
$Native = { param($Text) $Text.Replace('name = "HelloService"', "name = `"HelloService`"`nhost = `"native`"") }

# The example as it is never calls the service manager.
$Silent = Expand-Zip (New-Release '1.0.0' $Native -Name 'silent').Zip
$Begin = Get-Date
Invoke-Script @(Get-Shell)[0] (Join-Path $Silent 'install.ps1') | Out-Null
Confirm-That ($LASTEXITCODE -ne 0) 'install.ps1 fails for a program that does not answer'
Write-Measure 'seconds until it fails' ([int]((Get-Date) - $Begin).TotalSeconds)
$Events = @(Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'Service Control Manager'; StartTime = $Begin } -ErrorAction SilentlyContinue)
foreach ($Id in 7000, 7009) { Confirm-That (@($Events | Where-Object { $_.Id -eq $Id -and $_.Message -match 'Hello' }).Count -gt 0) "Windows writes event $Id" }
Remove-TestService $Service
Remove-TestFolder

# One with the code that `gorelease scaffold service` writes does. No `host`: its source shows that it is a service.
$Source = @'
package main

import (
	"context"
	"errors"
	"net/http"
)

func main() { runService("HelloService", run) }

func run(ctx context.Context) error {
	server := &http.Server{Addr: "127.0.0.1:8080"}
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
'@
$Own = Expand-Zip (New-Release '1.1.0' -Text $Source -Name 'own' -Prepare {
        & gorelease scaffold service
        & go get golang.org/x/sys@v0.30.0
        Remove-Item -LiteralPath 'main_test.go'
    }).Zip
Invoke-Script @(Get-Shell)[0] (Join-Path $Own 'install.ps1') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'install.ps1 ends well for a program with a host of its own'
Confirm-Equal (Get-Answer 8080) 200 'it answers'
Confirm-Equal @(Get-Process -Name 'hello-service').Count 1 'the number of its processes'
Stop-Service -Name $Service
Confirm-Equal (Get-CimInstance -ClassName Win32_Service -Filter "Name='$Service'").ExitCode 0 'the exit code after an ordered stop'
Invoke-Script @(Get-Shell)[0] (Join-Path $Own 'uninstall.ps1') @('-Purge') | Out-Null
Confirm-That ($LASTEXITCODE -eq 0) 'uninstall.ps1 ends well'
