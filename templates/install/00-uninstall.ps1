<#
.SYNOPSIS
Removes what install.ps1 made.

.DESCRIPTION
Stops and deletes the service, and removes the program's files and the event source. Configuration, data and log files stay unless
-Purge is given. It may be run again. Runs on Windows PowerShell 5.1 and PowerShell 7, as administrator.

.PARAMETER InstallDirectory
Where the program is. Default: its folder below Program Files.

.PARAMETER Instance
The instance to remove.

.PARAMETER Purge
Remove configuration, data and log files, too.

.EXAMPLE
.\uninstall.ps1 -WhatIf

.NOTES
Exit codes: 0 done; 1 failed; 2 wrong use, or not an administrator; 6 refused: a service of that name is not of this program.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
param(
    [string] $InstallDirectory,
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9_-]*$')]
    [string] $Instance,
    [switch] $Purge
)

# It takes no properties; the shared functions ask for them.
$Property = @()
$PropertyFile = ''
