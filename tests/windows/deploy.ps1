# Plays install, upgrade, rollback and uninstall of a hand-over on a real Windows: the example, once in each PowerShell.
# Not run yet. By hand: an elevated PowerShell, gorelease and go on the PATH, in the repository's root.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$Work = Join-Path $env:TEMP 'gorelease-deploy'
if (Test-Path -LiteralPath $Work) { Remove-Item -LiteralPath $Work -Recurse -Force }
Copy-Item -LiteralPath 'examples/hello-service' -Destination $Work -Recurse
Add-Content -LiteralPath (Join-Path $Work 'release.toml') -Value @'

[deploy]
[deploy.firewall]
remote = ["LocalSubnet"]
'@

function Assert-That {
    param([bool] $Condition, [string] $What)
    if (-not $Condition) { throw "not so: $What" }
}

# Builds the hand-over of a version, unpacks its zip, and gives that folder.
function New-HandOver {
    param([string] $Version)
    $Out = Join-Path $Work "dist-$Version"
    & cargo run --quiet -- build --directory $Work --target windows/amd64 --version $Version --out $Out | Out-Host
    Assert-That ($LASTEXITCODE -eq 0) "gorelease builds $Version"
    $Zip = (Get-ChildItem -LiteralPath $Out -Filter '*_deployment.zip' | Select-Object -First 1).FullName
    $Folder = Join-Path $Work "unpacked-$Version"
    Expand-Archive -LiteralPath $Zip -DestinationPath $Folder
    return (Get-ChildItem -LiteralPath $Folder -Directory | Select-Object -First 1).FullName
}

function Invoke-Deploy {
    param([string] $Shell, [string] $Folder, [string] $Action, [int] $Expect = 0, [string[]] $More = @())
    & $Shell -NoProfile -ExecutionPolicy Bypass -File (Join-Path $Folder 'Deploy.ps1') $Action @More | Out-Host
    Assert-That ($LASTEXITCODE -eq $Expect) "$Shell $Action ends with $Expect, not $LASTEXITCODE"
}

function Get-ImagePath {
    return (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Services\HelloService').ImagePath
}

$First = New-HandOver '1.0.0'
$Second = New-HandOver '1.1.0'
foreach ($Shell in 'powershell.exe', 'pwsh.exe') {
    Invoke-Deploy $Shell $First 'Check'
    Invoke-Deploy $Shell $First 'Install'
    Assert-That ((Invoke-WebRequest -UseBasicParsing -Uri 'http://127.0.0.1:8080/healthz').StatusCode -eq 200) 'the service answers'
    Assert-That (Get-ImagePath).StartsWith('"') 'the image path is quoted'
    & sc.exe qsidtype HelloService | Out-Host
    & sc.exe qfailure HelloService | Out-Host
    Assert-That ([bool](Get-NetFirewallRule -Name 'hello-service-HelloService-http')) 'the firewall rule is there'
    $Result = & $Shell -NoProfile -ExecutionPolicy Bypass -File (Join-Path $First 'Deploy.ps1') Install -Json | Out-String | ConvertFrom-Json
    Assert-That ($Result.changes -eq 0) "a second run changes nothing: $($Result.steps | Out-String)"
    Invoke-Deploy $Shell $Second 'Upgrade'
    Assert-That (Get-ImagePath).Contains('1.1.0') 'the new version runs'
    Invoke-Deploy $Shell $Second 'Rollback'
    Assert-That (Get-ImagePath).Contains('1.0.0') 'the old version runs again'
    Invoke-Deploy $Shell $Second 'Collect'
    Invoke-Deploy $Shell $Second 'Uninstall' 0 @('-Purge')
    & sc.exe query HelloService | Out-Host
    Assert-That ($LASTEXITCODE -eq 1060) 'the service is gone'
    Assert-That (-not (Test-Path -LiteralPath (Join-Path $env:ProgramFiles 'Hello Service'))) 'the programs are gone'
    Assert-That (-not (Test-Path -LiteralPath (Join-Path $env:ProgramData 'Hello Service'))) 'the data is gone'
    Assert-That (-not (Get-NetFirewallRule -Name 'hello-service-HelloService-http' -ErrorAction SilentlyContinue)) 'the firewall rule is gone'
    Assert-That (-not (Test-Path -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\HelloService')) 'the event source is gone'
}
exit 0
