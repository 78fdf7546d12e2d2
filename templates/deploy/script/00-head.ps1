<#
.SYNOPSIS
Puts the release in this folder on this server, and takes it back.

.DESCRIPTION
Reads deployment.json beside this script and brings the server to what it says. Every action may be repeated: a second run changes
nothing and says so. A run that was cut off is resumed by the same action, or undone by Rollback. Runs on Windows PowerShell 5.1
and PowerShell 7, as administrator.

.PARAMETER Action
Check      what the server lacks, with the command that mends it; -Fix does what is safe
Prepare    roles, name, address, time and domain of a fresh server
Install    the first installation
Upgrade    the next version; taken back by itself when it is not well
Rollback   the version before, or what was before an action that was cut off
Uninstall  removes everything but data and configuration; -Purge these too
Status     what is installed and how it is
Start, Stop, Drain   the services
Collect    a support bundle, without secrets

.PARAMETER Manifest
Another deployment.json.

.PARAMETER Json
One JSON document on standard output instead of text.

.PARAMETER Fix
With Check: mend what is safe to mend.

.PARAMETER Adopt
Take over services of the same names that were not made by this script.

.PARAMETER Purge
With Uninstall: remove data, logs, configuration and what Prepare noted, too.

.PARAMETER Instance
With Start, Stop and Drain: the service name of one instance instead of all.

.PARAMETER Property
Values of installer properties, for example @{ DATABASE = 'db1' } or DATABASE=db1. An upgrade remembers them; an empty value takes
the default again. With a Windows Installer package: any of its properties.

.PARAMETER PropertyFile
A JSON file with the same, for example { "DATABASE": "db1" }: for what must not stand in a command line, and for
powershell.exe -File, which cannot pass a table.

.PARAMETER Credential
The account of services that log on with a password, or, with Prepare, the account that may join the domain.

.EXAMPLE
.\Deploy.ps1 Check

.EXAMPLE
.\Deploy.ps1 Upgrade -WhatIf

.NOTES
Exit codes: 0 done; 1 failed; 2 wrong use; 3 Check found problems; 4 taken back; 5 another run holds the lock; 6 refused: a service is not
ours; 3010 done, restart needed.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Check', 'Prepare', 'Install', 'Upgrade', 'Rollback', 'Uninstall', 'Status', 'Start', 'Stop', 'Drain', 'Collect')]
    [string] $Action = 'Status',
    [string] $Manifest,
    [switch] $Json,
    [switch] $Fix,
    [switch] $Adopt,
    [switch] $Purge,
    [string] $Instance,
    [object[]] $Property = @(),
    [string] $PropertyFile,
    [pscredential] $Credential
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# The script's own state; functions below change it.
$Run = @{
    ExitCode = 0        # what exit returns
    Changed  = 0        # how much was changed on the server
    Steps    = @()      # what was done, for -Json
    Findings = @()      # what Check and Status found
    Warnings = @()      # what did not fail the run, and should be known
    Kept     = @()      # what the action must not change, by service name
    Release  = $null    # deployment.json of this folder
    Folder   = $null    # this folder
    Source   = $null    # the file that was read
    Releases = @{}      # deployment.json by version
    Given    = @{}      # properties that the operator gives
    Lock     = $null
    Transcript = $false # whether this run began one
    Reason   = ''
    Restart  = $false
    Agreed   = $false   # whether consent to what follows was given already
    Cmdlet   = $PSCmdlet
}
