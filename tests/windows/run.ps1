<#
.SYNOPSIS
Plays everything that only a real Windows can prove, and writes one report.

.DESCRIPTION
For a fresh Windows Server 2016 or later that is for tests: services, accounts, firewall rules, IIS and certificates are made and
removed again. Run it as administrator in the root of the repository, with Go, git and cargo (or a built gorelease) on the PATH:

    powershell.exe -NoProfile -ExecutionPolicy Bypass -File tests\windows\run.ps1

Each play is a script in plays\. A play that fails does not stop the others; what it made is removed either way, and the report says what is
left. docs\dev\windows-checklist.md says which play proves what. Not run on Windows yet.

.PARAMETER Only
The plays to run, by name; all unless given.

.PARAMETER Report
The folder for report.json, report.txt and a log of each play.

.PARAMETER Offline
Leave out what has to be downloaded: IIS's Application Request Routing, nginx and WiX.

.NOTES
Exit codes: 0 all passed; 1 something failed; 2 the machine or the call is not fit.
#>
[CmdletBinding()]
param(
    [string[]] $Only = @(),
    [string] $Report = 'windows-report',
    [switch] $Offline
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$Repository = (Get-Item -LiteralPath (Join-Path $PSScriptRoot '../..')).FullName
. (Join-Path $PSScriptRoot 'common.ps1')
. (Join-Path $PSScriptRoot 'machine.ps1')

# From quick to slow. IIS comes last: its roles stay installed.
$Plays = 'rules', 'identity', 'signing', 'zip', 'wrapper', 'native', 'account', 'package', 'slots', 'locked', 'deploy-package', 'nginx', 'iis'
# From the command line of -File a list is one word.
$Only = @($Only | ForEach-Object { $_ -split ',' } | Where-Object { $_ })
$Unknown = @($Only | Where-Object { $Plays -notcontains $_ })
if ($Unknown) {
    Write-Output "unknown play: $($Unknown -join ', '); the plays: $($Plays -join ', ')"
    exit 2
}
if ($Only) { $Plays = @($Plays | Where-Object { $Only -contains $_ }) }
$Missing = @(Get-MissingPrerequisite)
if ($Missing) {
    $Missing | ForEach-Object { Write-Output $_ }
    exit 2
}
New-Item -ItemType Directory -Force -Path $Report | Out-Null
$Report = (Get-Item -LiteralPath $Report).FullName
$Work = New-WorkFolder
$Results = @()
try {
    Build-Tool
    foreach ($Name in $Plays) {
        Write-Output "# $Name"
        $Results += Invoke-Play $Name (Join-Path $Report "$Name.log")
        Write-Report $Results $Report
    }
}
finally {
    Remove-WorkFolder
}
Get-Content -LiteralPath (Join-Path $Report 'report.txt') | Write-Output
if (@($Results | Where-Object { $_.result -eq 'failed' }).Count -gt 0) { exit 1 }
exit 0
