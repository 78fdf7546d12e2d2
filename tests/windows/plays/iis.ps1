# IIS with Application Request Routing in front of a canary with two instances: shares, uploads, other people's sites. The roles
# and ARR stay installed.
if ($Offline) { Skip-Play 'Application Request Routing has to be downloaded' }
if (-not (Get-Command -Name 'Install-WindowsFeature' -ErrorAction SilentlyContinue)) { Skip-Play 'this Windows has no server roles' }
$Names = foreach ($Stem in 'HelloService') { $Stem; foreach ($Slot in 'blue', 'green', '1', '2', 'blue-1', 'blue-2', 'green-1', 'green-2') { "$Stem-$Slot" } }
Register-ServiceCleanup $Names
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
Install-WindowsFeature -Name 'Web-Server', 'Web-WebSockets' | Out-Null
foreach ($Package in @(
        @('rewrite_amd64_en-US.msi', 'https://download.microsoft.com/download/1/2/8/128E2E22-C1B9-44A4-BE2A-5859ED1D4592/rewrite_amd64_en-US.msi'),
        @('requestRouter_amd64.msi', 'https://download.microsoft.com/download/E/9/8/E9849D6A-020E-47E4-9FD0-A023E99B54EB/requestRouter_amd64.msi'))) {
    $Path = Join-Path $Play.Folder $Package[0]
    Invoke-WebRequest -UseBasicParsing -Uri $Package[1] -OutFile $Path
    $Code = Invoke-Msi '/i', "`"$Path`""
    Assert-That ($Code -in 0, 3010) "$($Package[0]) is installed" "$Code"
}
$AppCmd = Join-Path $env:SystemRoot 'System32\inetsrv\appcmd.exe'
# Somebody else's site, which must answer all through.
& $AppCmd add site /name:Neighbour /bindings:http/*:18071: "/physicalPath:$env:SystemDrive\inetpub\wwwroot" | Out-Host
Register-Cleanup 'the other site' { param($Command) & $Command delete site Neighbour | Out-Null } @($AppCmd)

$Manifest = {
    param($Text)
    $Text + "`n[deploy]`n[deploy.iis]`nfarm = `"hello`"`nport = 18070`n[deploy.instances]`ncount = 2`n" +
    "[deploy.rollout]`nstrategy = `"canary`"`nsteps = [10, 100]`nwindow = `"20s`"`ndrain = `"2s`"`n"
}
$First, $Second = foreach ($Version in '1.0.0', '1.1.0') { Join-Path (Expand-Zip (New-Release $Version $Manifest).HandOver) 'Deploy.ps1' }
Register-Deployment $Second
$Shell = @(Get-Shell)[0]
Invoke-Script $Shell $First @('Install') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'Install behind IIS ends well' "$LASTEXITCODE"
Confirm-Equal (Get-Answer 18070) 200 'the service answers through IIS'
Confirm-Equal (Get-Answer 18071 '/') 200 'the other site answers as before'

# Larger than IIS's own limit of 30,000,000 bytes: the service's answer, not IIS's 404.13 or 413.
$Body = New-Object byte[] 31000000
try { $Status = [int](Invoke-WebRequest -UseBasicParsing -Method Post -Uri 'http://127.0.0.1:18070/' -Body $Body -TimeoutSec 60).StatusCode }
catch { $Status = if ($_.Exception.PSObject.Properties['Response'] -and $_.Exception.Response) { [int]$_.Exception.Response.StatusCode } else { 0 } }
Confirm-That ($Status -notin 0, 404, 413) 'an upload of 31 MB reaches the service' "$Status"

$Counts = Measure-Traffic 18070 { Invoke-Script $Shell $Second @('Upgrade') | Out-Null; Confirm-That ($LASTEXITCODE -eq 0) 'the canary takes over' "$LASTEXITCODE" }
Confirm-Equal $Counts.Failed 0 'requests that failed during the upgrade'
Write-Measure 'requests during the upgrade' $Counts.Sent
# All of the 10 % step and all of the 100 % step are in it, so that only a share beyond half tells of equal weights.
Write-Measure 'share of the new version during the upgrade, in percent' $Counts.NewShare
Confirm-Equal (Get-Version 18070) '1.1.0' 'the new version answers through IIS'
Confirm-Equal (Get-Answer 18071 '/') 200 'the other site answers as before'
& sc.exe stop HelloService-green-1 | Out-Null
Confirm-Equal (Get-Answer 18070) 200 'one of two instances is enough'
