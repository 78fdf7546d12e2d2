# What run.ps1 needs to know of the machine: prerequisites, what is on it, folders, the report.

# What is missing, one line each.
function Get-MissingPrerequisite {
    if ($env:OS -ne 'Windows_NT') { return 'this is for Windows' }
    # The label of an elevated process; SYSTEM's is S-1-16-16384.
    $Groups = [string](& whoami.exe /groups /fo csv /nh)
    if ($Groups -notmatch 'S-1-16-(12288|16384)') { 'run it as administrator' }
    foreach ($Name in 'go', 'git') {
        if (-not (Get-Command -Name $Name -ErrorAction SilentlyContinue)) { "``$Name`` is not on the PATH" }
    }
    $HasTool = Get-Command -Name 'gorelease' -ErrorAction SilentlyContinue
    if (-not $HasTool -and -not (Get-Command -Name 'cargo' -ErrorAction SilentlyContinue)) { 'neither `gorelease` nor `cargo` is on the PATH' }
}

# Builds gorelease when there is none.
function Build-Tool {
    if (Get-Command -Name 'gorelease' -ErrorAction SilentlyContinue) { return }
    Push-Location -LiteralPath $Repository
    try { & cargo build --locked | Out-Host } finally { Pop-Location }
    if ($LASTEXITCODE -ne 0) { throw 'cargo build failed' }
    $env:PATH = (Join-Path $Repository 'target/debug') + [IO.Path]::PathSeparator + $env:PATH
}

function New-WorkFolder {
    # With a space, as most folders on servers have.
    $Folder = Join-Path ([IO.Path]::GetTempPath()) ('gorelease play ' + [guid]::NewGuid().ToString('N').Substring(0, 8))
    New-Item -ItemType Directory -Path $Folder | Out-Null
    return $Folder
}

function New-PlayFolder {
    param([string] $Name)
    $Folder = Join-Path $Work $Name
    New-Item -ItemType Directory -Path $Folder | Out-Null
    return $Folder
}

function Remove-WorkFolder {
    Remove-Item -LiteralPath $Work -Recurse -Force -ErrorAction SilentlyContinue
}

# Everything that a play could leave, one line each: services, event sources, installed products, folders, firewall rules, accounts.
function Get-MachineState {
    $Services = 'HKLM:\SYSTEM\CurrentControlSet\Services'
    foreach ($Key in $Services, "$Services\EventLog\Application", 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall') {
        if (Test-Path -LiteralPath $Key) { Get-ChildItem -LiteralPath $Key | ForEach-Object { "$Key\$($_.PSChildName)" } }
    }
    foreach ($Root in $env:ProgramFiles, $env:ProgramData) {
        Get-ChildItem -LiteralPath $Root -Directory -Force | ForEach-Object { Join-Path $Root $_.Name }
    }
    $Rules = "$Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
    if (Test-Path -LiteralPath $Rules) {
        (Get-ItemProperty -LiteralPath $Rules).PSObject.Properties | Where-Object { $_.Value -like '*hello-service*' } | ForEach-Object { "firewall rule $($_.Name)" }
    }
    if (Get-Command -Name 'Get-LocalUser' -ErrorAction SilentlyContinue) { Get-LocalUser | ForEach-Object { "account $($_.Name)" } }
}

function Get-Machine {
    $System = Get-CimInstance -ClassName Win32_OperatingSystem
    return [pscustomobject]@{
        caption = $System.Caption; build = $System.BuildNumber; culture = (Get-Culture).Name
        powershell = "$($PSVersionTable.PSVersion)"; processors = $env:NUMBER_OF_PROCESSORS
        go = [string](& go version); gorelease = [string](& gorelease --version)
    }
}

# report.json for programs, report.txt for people; written after each play, so that a machine that goes down leaves them.
function Write-Report {
    param([object[]] $Results, [string] $Folder)
    $Document = [pscustomobject]@{
        schema_version = 1; time = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ'); machine = (Get-Machine); plays = @($Results)
    }
    $Json = ConvertTo-Json -InputObject $Document -Depth 6
    [IO.File]::WriteAllText((Join-Path $Folder 'report.json'), $Json)
    $Lines = @("$($Document.machine.caption) $($Document.machine.build), $($Document.time)")
    foreach ($Result in $Results) {
        $Lines += "$($Result.result.PadRight(8)) $($Result.play) ($($Result.seconds) s) $($Result.reason)$($Result.problem)"
        foreach ($Check in $Result.checks) {
            if (-not $Check.passed) { $Lines += "    FAILED  $($Check.what) $($Check.detail)" }
            elseif ($Check.detail) { $Lines += "    measure $($Check.what) = $($Check.detail)" }
        }
    }
    [IO.File]::WriteAllText((Join-Path $Folder 'report.txt'), ($Lines -join "`r`n") + "`r`n")
}
