# The service host on real Windows, for the workflow's windows-latest runner or by hand as administrator. Not run yet.
#
# Builds the example, installs it with its own install.ps1, asks it, stops it in order, ends it hard, and removes it; then looks at what
# only Windows shows: the service's exit codes, the failure flag, the Event Log.

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

function Assert-Equal {
    param([object] $Found, [object] $Wanted, [string] $What)
    if ("$Found" -cne "$Wanted") { throw "${What}: found '$Found', wanted '$Wanted'" }
    Write-Host "ok: $What is $Found"
}

function Get-Answer {
    param([int] $Port)
    return (Invoke-WebRequest -Uri "http://127.0.0.1:$Port/healthz" -UseBasicParsing -TimeoutSec 10).StatusCode
}

# The host's own tests: stop, shutdown and preshutdown by its HandlerEx, a logoff, the log folder's access list in full.
Push-Location -LiteralPath templates/service-host
try { & go test -count=1 ./... } finally { Pop-Location }
if ($LASTEXITCODE -ne 0) { throw "the host's own tests failed" }

$Folder = Join-Path ([IO.Path]::GetTempPath()) 'gorelease service test'
Remove-Item -LiteralPath $Folder -Recurse -Force -ErrorAction SilentlyContinue
& gorelease build -C examples/hello-service --target windows/amd64 --snapshot 1.2.3 --out $Folder
if ($LASTEXITCODE -ne 0) { throw 'the build failed' }
$Zip = Get-ChildItem -LiteralPath $Folder -Filter *.zip | Select-Object -First 1
Expand-Archive -LiteralPath $Zip.FullName -DestinationPath (Join-Path $Folder 'zip')
$Unpacked = (Get-ChildItem -LiteralPath (Join-Path $Folder 'zip') -Directory | Select-Object -First 1).FullName

foreach ($Shell in 'powershell.exe', 'pwsh.exe') {
    $Install = Join-Path $Unpacked 'install.ps1'
    & $Shell -NoProfile -ExecutionPolicy Bypass -File $Install -Port http=18080
    Assert-Equal $LASTEXITCODE 0 "install.ps1 in $Shell"
    Assert-Equal (Get-Answer 18080) 200 'the answer'
    $Again = & $Shell -NoProfile -ExecutionPolicy Bypass -File $Install -Port http=18080
    Assert-Equal ([bool]($Again -match 'nothing had to be changed')) $true 'the second run'

    $Log = Join-Path $env:ProgramData 'Hello Service\logs\HelloService.log'
    & sc.exe control HelloService 129 | Out-Null
    & sc.exe control HelloService paramchange | Out-Null
    Start-Sleep -Seconds 2
    Assert-Equal (Test-Path -LiteralPath "$Log.1") $true 'the rotated log'
    Assert-Equal ([bool](Select-String -LiteralPath $Log -SimpleMatch 'event 4 information: settings of the log' -Quiet)) $true 'settings read again'

    Stop-Service -Name HelloService
    $Service = Get-CimInstance -ClassName Win32_Service -Filter "Name='HelloService'"
    Assert-Equal $Service.ExitCode 0 'the exit code after an ordered stop'
    Assert-Equal @(Get-Process -Name hello-service -ErrorAction SilentlyContinue).Count 0 'processes left'

    Start-Service -Name HelloService
    $Parent = (Get-CimInstance -ClassName Win32_Service -Filter "Name='HelloService'").ProcessId
    $Child = Get-CimInstance -ClassName Win32_Process -Filter "ParentProcessId=$Parent AND Name='hello-service.exe'"
    Stop-Process -Id $Child.ProcessId -Force
    Start-Sleep -Seconds 8
    Assert-Equal (Get-Answer 18080) 200 'the answer after the restart by the service manager'

    $Parent = (Get-CimInstance -ClassName Win32_Service -Filter "Name='HelloService'").ProcessId
    Stop-Process -Id $Parent -Force
    Start-Sleep -Seconds 2
    Assert-Equal @(Get-CimInstance -ClassName Win32_Process -Filter "ParentProcessId=$Parent").Count 0 'processes that a killed parent left'
    Start-Sleep -Seconds 40
    Assert-Equal (Get-Answer 18080) 200 'the answer after the second restart'

    $Ids = @(Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'HelloService' } | ForEach-Object { $_.Id } | Sort-Object -Unique)
    foreach ($Id in 1, 2, 3, 13) { Assert-Equal ($Ids -contains $Id) $true "event $Id" }

    & $Shell -NoProfile -ExecutionPolicy Bypass -File (Join-Path $Unpacked 'uninstall.ps1') -Purge
    Assert-Equal $LASTEXITCODE 0 "uninstall.ps1 in $Shell"
    Assert-Equal ([bool](Get-Service -Name HelloService -ErrorAction SilentlyContinue)) $false 'the service'
    Assert-Equal (Test-Path -LiteralPath "$env:ProgramFiles\Hello Service") $false 'the program folder'
}

# An ordinary account of this machine gets the right to log on as a service, once.
$Own = Join-Path $Folder 'own account'
Copy-Item -LiteralPath 'examples/hello-service' -Destination $Own -Recurse
$Manifest = Join-Path $Own 'release.toml'
$Text = (Get-Content -LiteralPath $Manifest -Raw).Replace('name = "HelloService"', "name = `"HelloService`"`naccount = '.\gorelease-test'")
Set-Content -LiteralPath $Manifest -Value $Text -Encoding ascii
& gorelease build -C $Own --target windows/amd64 --snapshot 1.2.3 --out (Join-Path $Folder 'own')
if ($LASTEXITCODE -ne 0) { throw 'the build failed' }
$Zip = Get-ChildItem -LiteralPath (Join-Path $Folder 'own') -Filter *.zip | Select-Object -First 1
Expand-Archive -LiteralPath $Zip.FullName -DestinationPath (Join-Path $Folder 'own zip')
$Unpacked = (Get-ChildItem -LiteralPath (Join-Path $Folder 'own zip') -Directory | Select-Object -First 1).FullName
$Password = ConvertTo-SecureString ([Guid]::NewGuid().ToString() + 'Aa1!') -AsPlainText -Force
New-LocalUser -Name 'gorelease-test' -Password $Password | Out-Null
$Credential = New-Object PSCredential('.\gorelease-test', $Password)
& (Join-Path $Unpacked 'install.ps1') -Port http=18080 -Credential $Credential
Assert-Equal $LASTEXITCODE 0 'install.ps1 with an account of its own'
Assert-Equal (Get-Answer 18080) 200 'the answer'
$Again = & (Join-Path $Unpacked 'install.ps1') -Port http=18080 -Credential $Credential
Assert-Equal ([bool]($Again -match 'nothing had to be changed')) $true 'the second run'
& (Join-Path $Unpacked 'uninstall.ps1') -Purge
Remove-LocalUser -Name 'gorelease-test'
