# What the plays share: checks, releases, shells, waiting, and removing what was made. Dot-sourced by run.ps1.

# $Play is the running play: its checks, what is to be removed, and why it is left out, if it is. It belongs to Invoke-Play; what
# that calls finds it by PowerShell's dynamic scopes.

# A play's way to say that it cannot run here.
function Skip-Play {
    param([string] $Reason)
    $Play.Skipped = $Reason
    throw "left out: $Reason"
}

# Notes whether something is so; the play goes on either way.
function Confirm-That {
    param([bool] $Condition, [string] $What, [string] $Detail = '')
    $Play.Checks += [pscustomobject]@{ what = $What; passed = $Condition; detail = $(if ($Condition) { '' } else { $Detail }) }
    if ($Condition) { Write-Host "ok      $What" } else { Write-Host "FAILED  $What $Detail" }
}

# The same for what everything after it rests on: the play ends when it is not so.
function Assert-That {
    param([bool] $Condition, [string] $What, [string] $Detail = '')
    Confirm-That $Condition $What $Detail
    if (-not $Condition) { throw "not so: $What" }
}

function Confirm-Equal {
    param([object] $Found, [object] $Wanted, [string] $What)
    Confirm-That ("$Found" -ceq "$Wanted") $What "found '$Found', wanted '$Wanted'"
}

# Notes a measured value, which a person judges.
function Write-Measure {
    param([string] $What, [object] $Value)
    $Play.Checks += [pscustomobject]@{ what = $What; passed = $true; detail = "$Value" }
    Write-Host "measure $What = $Value"
}

# Runs at the end of the play, the last one first, also after a failure. The action gets the values as its arguments: the
# play's own variables are gone by then.
function Register-Cleanup {
    param([string] $What, [scriptblock] $Action, [object[]] $Values = @())
    $Play.Cleanups = @([pscustomobject]@{ what = $What; action = $Action; values = $Values }) + $Play.Cleanups
}

# Plays one script, removes what it registered, and compares the machine with what it was before.
function Invoke-Play {
    param([string] $Name, [string] $Log)
    $Play = [pscustomobject]@{ Checks = @(); Cleanups = @(); Skipped = ''; Folder = (New-PlayFolder $Name) }
    $Start = Get-Date
    $Before = @(Get-MachineState)
    $Problem = ''
    Start-Transcript -Path $Log -Force | Out-Null
    Push-Location -LiteralPath $Repository
    try {
        & (Join-Path $PSScriptRoot "plays/$Name.ps1") | Out-Host
    }
    catch {
        if (-not $Play.Skipped) { $Problem = "$_ ($($_.InvocationInfo.ScriptName):$($_.InvocationInfo.ScriptLineNumber))" }
        Write-Host "$_"
    }
    finally {
        Pop-Location
        Invoke-Cleanup
        Stop-Transcript | Out-Null
    }
    $Left = @(Get-MachineState | Where-Object { $Before -notcontains $_ })
    Confirm-That ($Left.Count -eq 0) 'nothing is left behind' ($Left -join '; ')
    $Failed = @($Play.Checks | Where-Object { -not $_.passed })
    $Result = 'passed'
    if ($Play.Skipped) { $Result = 'skipped' }
    if ($Problem -or $Failed) { $Result = 'failed' }
    return [pscustomobject]@{
        play = $Name; result = $Result; reason = $Play.Skipped; problem = $Problem
        seconds = [int]((Get-Date) - $Start).TotalSeconds; checks = @($Play.Checks)
    }
}

function Invoke-Cleanup {
    foreach ($Entry in $Play.Cleanups) {
        $Values = $Entry.values
        try { & $Entry.action @Values | Out-Host }
        catch { Confirm-That $false "removed: $($Entry.what)" "$_" }
    }
}

# A copy of the example with a changed manifest, built. -Text replaces main.go, -Prepare runs in the folder before.
function New-Release {
    param([string] $Version, [scriptblock] $Manifest = { param($Text) $Text }, [string] $Text = '', [string] $Name = $Version, [scriptblock] $Prepare = {})
    $Folder = Join-Path $Play.Folder $Name
    Copy-Item -LiteralPath (Join-Path $Repository 'examples/hello-service') -Destination $Folder -Recurse
    $Path = Join-Path $Folder 'release.toml'
    $Changed = [string](& $Manifest ([IO.File]::ReadAllText($Path)))
    [IO.File]::WriteAllText($Path, $Changed)
    if ($Text) { [IO.File]::WriteAllText((Join-Path $Folder 'main.go'), $Text) }
    Push-Location -LiteralPath $Folder
    try { & $Prepare | Out-Host } finally { Pop-Location }
    $Dist = Join-Path $Folder 'dist'
    & gorelease build -C $Folder --target windows/amd64 --version $Version --out $Dist | Out-Host
    Assert-That ($LASTEXITCODE -eq 0) "gorelease builds $Name"
    return [pscustomobject]@{
        Folder = $Folder; Dist = $Dist
        Zip = Get-Artifact $Dist '_windows_amd64.zip'; Msi = Get-Artifact $Dist '_windows_amd64.msi'
        HandOver = Get-Artifact $Dist '_windows_amd64_deployment.zip'
    }
}

function Get-Artifact {
    param([string] $Dist, [string] $End)
    return (Get-ChildItem -LiteralPath $Dist -File | Where-Object { $_.Name.EndsWith($End) } | Select-Object -First 1 | ForEach-Object { $_.FullName })
}

# The only folder in an unpacked zip.
function Expand-Zip {
    param([string] $Zip)
    $Folder = "$Zip unpacked"
    if (-not (Test-Path -LiteralPath $Folder)) { Expand-Archive -LiteralPath $Zip -DestinationPath $Folder }
    return (Get-ChildItem -LiteralPath $Folder -Directory | Select-Object -First 1).FullName
}

# Runs a script of a release in one of the two PowerShells, and gives its output; $LASTEXITCODE is its exit code.
function Invoke-Script {
    param([string] $Shell, [string] $Script, [string[]] $Arguments = @())
    $Output = & $Shell -NoProfile -ExecutionPolicy Bypass -File $Script @Arguments
    $Output | Out-Host
    return [string]::Join("`n", @($Output))
}

# Both PowerShells, or the one that is there.
function Get-Shell {
    return @('powershell.exe', 'pwsh.exe' | Where-Object { Get-Command -Name $_ -ErrorAction SilentlyContinue })
}

# The status of an HTTP GET, 0 when there is no answer in time.
function Get-Answer {
    param([int] $Port, [string] $Path = '/healthz', [int] $Seconds = 60)
    $End = (Get-Date).AddSeconds($Seconds)
    do {
        try { return [int](Invoke-WebRequest -UseBasicParsing -Uri "http://127.0.0.1:$Port$Path" -TimeoutSec 10).StatusCode }
        catch { Start-Sleep -Milliseconds 200 }
    } while ((Get-Date) -lt $End)
    return 0
}

# The version that the example greets with.
function Get-Version {
    param([int] $Port, [string] $Path = '/')
    try { $Text = [string](Invoke-WebRequest -UseBasicParsing -Uri "http://127.0.0.1:$Port$Path" -TimeoutSec 10).Content } catch { return '' }
    if ($Text -match '\(([^)]+)\)') { return $Matches[1] }
    return ''
}

function Wait-Until {
    param([scriptblock] $Condition, [int] $Seconds = 60)
    $End = (Get-Date).AddSeconds($Seconds)
    while ((Get-Date) -lt $End) {
        if (& $Condition) { return $true }
        Start-Sleep -Milliseconds 200
    }
    return $false
}

# msiexec, silently; gives the exit code.
function Invoke-Msi {
    param([string[]] $Arguments)
    $Log = Join-Path $Play.Folder 'msiexec.log'
    $All = $Arguments + @('/qn', '/norestart', '/l*v', "`"$Log`"")
    return [int](Start-Process -FilePath 'msiexec.exe' -ArgumentList $All -Wait -PassThru).ExitCode
}

# Whether there is a service of that name, which may be a pattern.
function Test-Service {
    param([string] $Name)
    return (Test-Path -Path "HKLM:\SYSTEM\CurrentControlSet\Services\$Name")
}

# Removes a service of a play by force, with the event source that belongs to it.
function Remove-TestService {
    param([string] $Name)
    if (Test-Service $Name) {
        & sc.exe stop $Name | Out-Null
        Wait-Until { -not (Test-Service $Name) -or (Get-Service -Name $Name).Status -eq 'Stopped' } | Out-Null
        & sc.exe delete $Name | Out-Null
    }
    $Source = "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$Name"
    if (Test-Path -LiteralPath $Source) { Remove-Item -LiteralPath $Source -Recurse -Force }
}

# The example's folders, wherever a play failed.
function Remove-TestFolder {
    foreach ($Root in $env:ProgramFiles, $env:ProgramData) {
        $Folder = Join-Path $Root 'Hello Service'
        if (Test-Path -LiteralPath $Folder) { Remove-Item -LiteralPath $Folder -Recurse -Force }
    }
}

# Removes a deployment by its own script, when its service is there.
function Register-Deployment {
    param([string] $Script)
    Register-Cleanup 'the deployment' { param($Path) if (Test-Service 'HelloService*') { Invoke-Script @(Get-Shell)[0] $Path @('Uninstall', '-Purge') | Out-Null } } @($Script)
}

# Removes a package by force, when its service is there.
function Register-Package {
    param([string] $Msi)
    Register-Cleanup 'the package' { param($Path) if (Test-Service 'HelloService') { Invoke-Msi '/x', "`"$Path`"", 'PURGE=1' | Out-Null } } @($Msi)
}

# What every play with the example's service registers first.
function Register-ServiceCleanup {
    param([string[]] $Services = @('HelloService'))
    Register-Cleanup 'folders of the example' { Remove-TestFolder }
    foreach ($Service in $Services) {
        Register-Cleanup "service $Service" { param($Name) Remove-TestService $Name } @($Service)
    }
}

# Sends requests from another process while the action runs, and counts what came back.
function Measure-Traffic {
    param([int] $Port, [scriptblock] $Action)
    $Folder = $Play.Folder
    $Client = Join-Path $Folder 'client.ps1'
    [IO.File]::WriteAllText($Client, @'
param([int] $Port, [string] $Stop, [string] $Out)
$Sent = 0; $Failed = 0; $Versions = @{}
while (-not (Test-Path -LiteralPath $Stop)) {
    $Sent++
    try {
        $Text = [string](Invoke-WebRequest -UseBasicParsing -Uri "http://127.0.0.1:$Port/" -TimeoutSec 20).Content
        if ($Text -match '\(([^)]+)\)') { $Versions[$Matches[1]] = 1 + [int]$Versions[$Matches[1]] } else { $Failed++ }
    }
    catch { $Failed++ }
    Start-Sleep -Milliseconds 20
}
[IO.File]::WriteAllText($Out, (ConvertTo-Json -Compress -InputObject @{ sent = $Sent; failed = $Failed; versions = $Versions }))
'@)
    $Stop = Join-Path $Folder 'stop'
    $Out = Join-Path $Folder 'traffic.json'
    $Line = "-NoProfile -ExecutionPolicy Bypass -File `"$Client`" -Port $Port -Stop `"$Stop`" -Out `"$Out`""
    $Process = Start-Process -FilePath @(Get-Shell)[0] -ArgumentList $Line -PassThru -WindowStyle Hidden
    try { & $Action } finally {
        [IO.File]::WriteAllText($Stop, '')
        $Process.WaitForExit(30000) | Out-Null
    }
    $Answer = [IO.File]::ReadAllText($Out) | ConvertFrom-Json
    $New = if ($Answer.versions.PSObject.Properties['1.1.0']) { $Answer.versions.'1.1.0' } else { 0 }
    return [pscustomobject]@{ Sent = $Answer.sent; Failed = $Answer.failed; NewShare = [int](100 * $New / [Math]::Max(1, $Answer.sent)) }
}
