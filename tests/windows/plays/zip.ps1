# The service host and the zip's own scripts: start, stop, hard ends, recovery, events, in both PowerShells.
$Service = 'HelloService'
Register-ServiceCleanup

# The host's own tests: stop, shutdown and preshutdown by its HandlerEx, a logoff, the log folder's access list in full.
Push-Location -LiteralPath (Join-Path $Repository 'templates/service-host')
try { & go test -count=1 ./... | Out-Host } finally { Pop-Location }
Confirm-That ($LASTEXITCODE -eq 0) "the host's own tests pass"

$First = Expand-Zip (New-Release '1.2.3').Zip
$Second = Expand-Zip (New-Release '1.3.0').Zip

function Get-ServiceProcess { (Get-CimInstance -ClassName Win32_Service -Filter "Name='$Service'").ProcessId }
function Get-Event { param([int] $Id) Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = $Service; Id = $Id } -ErrorAction SilentlyContinue }

foreach ($Shell in Get-Shell) {
    Write-Host "## $Shell"
    $Install = Join-Path $First 'install.ps1'
    Invoke-Script $Shell $Install @('-Port', 'http=18080') | Out-Null
    Assert-That ($LASTEXITCODE -eq 0) "install.ps1 ends well in $Shell"
    Confirm-Equal (Get-Answer 18080) 200 'the service answers'
    $Again = Invoke-Script $Shell $Install @('-Port', 'http=18080')
    Confirm-That ($Again -match 'nothing had to be changed') 'a second run changes nothing' $Again

    # A refused connection must not cost two seconds: the host connects before the program listens.
    $Started = Get-Event 1 | Select-Object -First 1
    Confirm-That ([bool]$Started) 'event 1 is there'
    if ($Started) { Confirm-That ($Started.Message -notmatch 'cannot be found') 'event 1 is shown with its text' $Started.Message }
    if ($Started -and $Started.Message -match 'ready after ([0-9.]+)(ms|s)\b') {
        $Milliseconds = [double]$Matches[1] * $(if ($Matches[2] -eq 's') { 1000 } else { 1 })
        Write-Measure 'milliseconds until ready' $Milliseconds
        Confirm-That ($Milliseconds -lt 1500) 'readiness is seen at once' "$Milliseconds ms"
    }

    $Log = Join-Path $env:ProgramData 'Hello Service\logs\HelloService.log'
    & sc.exe control $Service 129 | Out-Null
    Confirm-That (Wait-Until { Test-Path -LiteralPath "$Log.1" } 10) 'control 129 rotates the log'
    & sc.exe control $Service paramchange | Out-Null
    Confirm-That (Wait-Until { Select-String -LiteralPath $Log -SimpleMatch 'event 4 information: settings of the log' -Quiet } 10) 'paramchange reads settings again'

    # Stopped must mean that the executable can be replaced.
    $Image = Join-Path $env:ProgramFiles 'Hello Service\hello-service.exe'
    $Failures = 0
    foreach ($Round in 1..20) {
        Stop-Service -Name $Service
        try { [IO.File]::Open($Image, 'Open', 'ReadWrite', 'None').Close() } catch { $Failures++ }
        Start-Service -Name $Service
    }
    Write-Measure 'executables still in use right after a stop, of 20' $Failures
    Stop-Service -Name $Service
    Confirm-Equal (Get-CimInstance -ClassName Win32_Service -Filter "Name='$Service'").ExitCode 0 'the exit code after an ordered stop'
    Confirm-That (Wait-Until { @(Get-Process -Name hello-service -ErrorAction SilentlyContinue).Count -eq 0 } 10) 'no process is left'

    Start-Service -Name $Service
    $Parent = Get-ServiceProcess
    $Child = Get-CimInstance -ClassName Win32_Process -Filter "ParentProcessId=$Parent AND Name='hello-service.exe'"
    Stop-Process -Id $Child.ProcessId -Force
    Confirm-That (Wait-Until { (Get-ServiceProcess) -notin 0, $Parent } 20) 'a killed program is restarted'
    Confirm-Equal (Get-Answer 18080) 200 'it answers again'

    $Parent = Get-ServiceProcess
    Stop-Process -Id $Parent -Force
    Start-Sleep -Seconds 2
    Confirm-Equal @(Get-CimInstance -ClassName Win32_Process -Filter "ParentProcessId=$Parent").Count 0 'processes that a killed host left'
    Confirm-Equal (Get-Answer 18080 -Seconds 60) 200 'it answers after the second restart'
    foreach ($Id in 1, 2, 3, 13) { Confirm-That ([bool](Get-Event $Id)) "event $Id is there" }

    Invoke-Script $Shell (Join-Path $Second 'install.ps1') | Out-Null
    Confirm-That ($LASTEXITCODE -eq 0) 'install.ps1 of the next version ends well'
    Confirm-Equal (Get-Version 18080) '1.3.0' 'the next version answers on the same port'

    Invoke-Script $Shell (Join-Path $Second 'uninstall.ps1') @('-Purge') | Out-Null
    Confirm-That ($LASTEXITCODE -eq 0) "uninstall.ps1 ends well in $Shell"
    Confirm-That (-not (Test-Service $Service)) 'the service is gone'
    Confirm-That (-not (Test-Path -LiteralPath "$env:ProgramFiles\Hello Service")) 'the program folder is gone'
}
