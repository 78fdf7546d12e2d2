# Functions in place of what Linux lacks. Native commands go through the engine's own argument passing to an executable.
$global:SimCodeFile = Join-Path $env:SIM_HOME 'code'
$global:SimBin = Join-Path $env:SIM_HOME 'bin'
$global:SimJournalWrites = 0

# Hostile names try to call it; nothing must ever do so.
function global:Stop-Canary { [IO.File]::WriteAllText((Join-Path $env:SIM_HOME 'canary'), 'called') }

foreach ($SimName in 'sc', 'icacls', 'whoami', 'eventcreate', 'nginx', 'w32tm', 'appcmd', 'netsh', 'wevtutil', 'secedit') {
    $SimBody = "& '$global:SimBin/$SimName' @args; `$global:LASTEXITCODE = [int](Microsoft.PowerShell.Management_GetCode)"
    $SimBody = $SimBody.Replace('(Microsoft.PowerShell.Management_GetCode)', "([IO.File]::ReadAllText(`$global:SimCodeFile))")
    Set-Item -Path "function:global:$SimName.exe" -Value ([scriptblock]::Create($SimBody))
}

function global:Invoke-Sim {
    param([string] $Name, [hashtable] $Parameters)
    # Plain ASCII: 5.1 would send other characters as question marks.
    $Text = [regex]::Replace(($Parameters | ConvertTo-Json -Depth 6 -Compress), '[^\x00-\x7F]', { param($Found) '\u{0:x4}' -f [int][char]$Found.Value })
    $Answer = $Text | & "$global:SimBin/ps" $Name
    $Objects = ConvertFrom-Json -InputObject ([string]::Join('', @($Answer)))
    foreach ($Object in @($Objects)) {
        if ($Object.PSObject.Properties['error']) { throw $Object.error }
        $Object
    }
}
function global:Get-Service { [CmdletBinding()] param([Parameter(Mandatory)][string] $Name) try { Invoke-Sim Get-Service @{ Name = $Name } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Get-NetFirewallRule { [CmdletBinding()] param([Parameter(Mandatory)][string] $Name) try { Invoke-Sim Get-NetFirewallRule @{ Name = $Name } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Remove-NetFirewallRule { [CmdletBinding(SupportsShouldProcess)] param([Parameter(Mandatory)][string] $Name) Invoke-Sim Remove-NetFirewallRule @{ Name = $Name } }
function global:New-NetFirewallRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)][string] $Name, [Parameter(Mandatory)][string] $DisplayName,
        [ValidateSet('Inbound', 'Outbound')][string] $Direction, [ValidateSet('Allow', 'Block')][string] $Action,
        [string] $Protocol, [string[]] $LocalPort, [string[]] $RemoteAddress, [string[]] $Profile,
        [string] $Program, [string] $Service, [string] $Group, [string] $Description
    )
    Invoke-Sim New-NetFirewallRule @{
        Name = $Name; DisplayName = $DisplayName; Direction = $Direction; Action = $Action; Protocol = $Protocol; LocalPort = $LocalPort
        RemoteAddress = $RemoteAddress; Profile = $Profile; Program = $Program; Service = $Service; Group = $Group; Description = $Description
    }
}
# The descriptor of a registry key is inherited (learn.microsoft.com, "Registry Key Security and Access Rights") until it is set.
# SetSecurityDescriptorSddlForm changes the object, Set-Acl the key (System.Security.AccessControl.ObjectSecurity; Set-Acl).
function global:Get-Acl {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string] $LiteralPath)
    $Acl = Invoke-Sim Get-Acl @{ LiteralPath = $LiteralPath }
    Add-Member -InputObject $Acl -MemberType ScriptMethod -Name SetSecurityDescriptorSddlForm -Value {
        param([string] $Form, [string] $Sections)
        if ($Sections -ne 'Access') { throw 'only the access list is changed' }
        $this.Sddl = $Form
    }
    $Acl
}
function global:Set-Acl {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string] $LiteralPath, [Parameter(Mandatory)][object] $AclObject)
    if (-not (Test-Path -LiteralPath $LiteralPath)) { throw "Cannot find path '$LiteralPath' because it does not exist." }
    Invoke-Sim Set-Acl @{ LiteralPath = $LiteralPath; Sddl = $AclObject.Sddl } | Out-Null
}
function global:Get-CimInstance { [CmdletBinding()] param([Parameter(Mandatory)][string] $ClassName, [string] $Namespace, [string] $Filter) Invoke-Sim Get-CimInstance @{ ClassName = $ClassName; Namespace = $Namespace; Filter = $Filter } }
function global:Get-NetTCPConnection { [CmdletBinding()] param([string] $State, [int] $LocalPort) try { Invoke-Sim Get-NetTCPConnection @{ LocalPort = $LocalPort } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Get-WindowsFeature { [CmdletBinding()] param([Parameter(Mandatory)][string[]] $Name) Invoke-Sim Get-WindowsFeature @{ Name = $Name } }
function global:Install-WindowsFeature { [CmdletBinding()] param([Parameter(Mandatory)][string[]] $Name, [switch] $IncludeManagementTools) Invoke-Sim Install-WindowsFeature @{ Name = $Name; IncludeManagementTools = [bool]$IncludeManagementTools } }
if ($PSVersionTable.PSEdition -eq 'Desktop') { function global:Add-Computer { [CmdletBinding()] param([Parameter(Mandatory)][string] $DomainName, [string] $NewName, [pscredential] $Credential, [switch] $Force) Invoke-Sim Add-Computer @{ DomainName = $DomainName; NewName = $NewName; User = $(if ($Credential) { $Credential.UserName }) } } }
function global:Resolve-DnsName { [CmdletBinding()] param([Parameter(Mandatory)][string] $Name) try { Invoke-Sim Resolve-DnsName @{ Name = $Name } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
# A command line of one's own: the words joined with spaces, and nothing else. Called otherwise, PowerShell would quote for msiexec.
# Windows PowerShell 5.1 knows no -Confirm and no -WhatIf here (learn.microsoft.com/powershell/module/microsoft.powershell.management/start-process,
# view powershell-5.1; they came with PowerShell 6: github.com/PowerShell/PowerShell/pull/4735).
function global:Start-Process {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string] $FilePath, [string[]] $ArgumentList, [switch] $Wait, [switch] $PassThru)
    if ($FilePath -ne 'msiexec.exe' -or -not $Wait) { throw "no double of $FilePath without -Wait" }
    [IO.File]::WriteAllText((Join-Path $env:SIM_HOME 'line'), [string]::Join(' ', $ArgumentList))
    & "$global:SimBin/msiexec" '@line' | Out-Null
    if ($PassThru) { [pscustomobject]@{ ExitCode = [int][IO.File]::ReadAllText($global:SimCodeFile) } }
}
# Windows PowerShell: what it is given runs here, beside the doubles of IIS's objects, and its own output is the answer.
$global:SimArr = [scriptblock]::Create([IO.File]::ReadAllText((Join-Path $PSScriptRoot 'arr.ps1')))
function global:powershell.exe {
    if ("$($args[0..2])" -ne '-NoProfile -NonInteractive -EncodedCommand' -or $args.Count -ne 4) { $global:LASTEXITCODE = 1; return 'unknown' }
    $Script = [scriptblock]::Create([Text.Encoding]::Unicode.GetString([Convert]::FromBase64String($args[3])))
    & {
        Set-StrictMode -Off
        $ErrorActionPreference = 'Continue'
        . $global:SimArr
        $global:LASTEXITCODE = 1
        # In a process of its own the script would go on after such an error; a try around it ends it there.
        try { . $Script; $global:LASTEXITCODE = 0 } catch { "$_" }
    }
}
# The drive of certificates; every other item is as it is.
$global:SimGetChildItem = $ExecutionContext.InvokeCommand.GetCmdlet('Get-ChildItem')
function global:Get-ChildItem {
    [CmdletBinding()]
    param([Parameter(Position = 0)][string[]] $Path, [string[]] $LiteralPath, [switch] $Recurse, [switch] $Force, [switch] $Directory, [switch] $File)
    if ("$Path" -ne 'Cert:\LocalMachine\My') { return (& $global:SimGetChildItem @PSBoundParameters) }
    foreach ($Certificate in Invoke-Sim Certificates @{}) {
        [pscustomobject]@{ Subject = $Certificate.Subject; Thumbprint = $Certificate.Thumbprint; NotAfter = [datetime]$Certificate.NotAfter }
    }
}
function global:Rename-Computer { [CmdletBinding()] param([Parameter(Mandatory)][string] $NewName, [switch] $Force) Invoke-Sim Rename-Computer @{ NewName = $NewName } }
function global:Get-TimeZone { [CmdletBinding()] param() Invoke-Sim TimeZone @{} }
function global:Set-TimeZone { [CmdletBinding()] param([Parameter(Mandatory)][string] $Id) Invoke-Sim TimeZone @{ Id = $Id } }

# Cmdlets made from CIM classes write an error that ends the caller only where -ErrorAction says so.
function global:Get-NetIPAddress { [CmdletBinding()] param([string] $InterfaceAlias, [ValidateSet('IPv4', 'IPv6')][string] $AddressFamily) try { Invoke-Sim Get-NetIPAddress @{ InterfaceAlias = $InterfaceAlias } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Remove-NetIPAddress { [CmdletBinding(SupportsShouldProcess)] param([string] $InterfaceAlias, [string] $IPAddress) try { Invoke-Sim Remove-NetIPAddress @{ InterfaceAlias = $InterfaceAlias; IPAddress = $IPAddress } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:New-NetIPAddress { [CmdletBinding()] param([string] $InterfaceAlias, [string] $IPAddress, [byte] $PrefixLength, [string] $DefaultGateway) try { Invoke-Sim New-NetIPAddress @{ InterfaceAlias = $InterfaceAlias; IPAddress = $IPAddress; PrefixLength = $PrefixLength; DefaultGateway = $DefaultGateway } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Get-NetRoute { [CmdletBinding()] param([string] $InterfaceAlias, [string] $DestinationPrefix) try { Invoke-Sim Get-NetRoute @{ InterfaceAlias = $InterfaceAlias } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:New-NetRoute { [CmdletBinding()] param([string] $InterfaceAlias, [string] $DestinationPrefix, [string] $NextHop) try { Invoke-Sim New-NetRoute @{ InterfaceAlias = $InterfaceAlias; NextHop = $NextHop } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Remove-NetRoute { [CmdletBinding(SupportsShouldProcess)] param([string] $InterfaceAlias, [string] $DestinationPrefix, [string] $NextHop) try { Invoke-Sim Remove-NetRoute @{ InterfaceAlias = $InterfaceAlias; NextHop = $NextHop } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Get-NetIPInterface { [CmdletBinding()] param([string] $InterfaceAlias, [ValidateSet('IPv4', 'IPv6')][string] $AddressFamily) try { Invoke-Sim Get-NetIPInterface @{ InterfaceAlias = $InterfaceAlias } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Set-NetIPInterface { [CmdletBinding()] param([string] $InterfaceAlias, [ValidateSet('IPv4', 'IPv6')][string] $AddressFamily, [ValidateSet('Enabled', 'Disabled')][string] $Dhcp) try { Invoke-Sim Set-NetIPInterface @{ InterfaceAlias = $InterfaceAlias; Dhcp = $Dhcp } } catch { Write-Error $_.Exception.Message -ErrorAction $ErrorActionPreference } }
function global:Get-DnsClientServerAddress { [CmdletBinding()] param([string] $InterfaceAlias, [ValidateSet('IPv4', 'IPv6')][string] $AddressFamily) Invoke-Sim DnsServers @{} }
function global:Set-DnsClientServerAddress { [CmdletBinding()] param([string] $InterfaceAlias, [string[]] $ServerAddresses) Invoke-Sim DnsServers @{ ServerAddresses = @($ServerAddresses) } }

function global:New-ScheduledTaskAction { [CmdletBinding()] param([Parameter(Mandatory)][string] $Execute, [string] $Argument) [pscustomobject]@{ Execute = $Execute; Argument = $Argument } }
function global:New-ScheduledTaskPrincipal { [CmdletBinding()] param([string] $UserId, [ValidateSet('ServiceAccount', 'S4U', 'Interactive')][string] $LogonType, [ValidateSet('Limited', 'Highest')][string] $RunLevel) [pscustomobject]@{ UserId = $UserId } }
function global:Register-ScheduledTask { [CmdletBinding()] param([Parameter(Mandatory)][string] $TaskName, [object] $Action, [object] $Principal, [switch] $Force) Invoke-Sim Register-ScheduledTask @{ TaskName = $TaskName; Execute = $Action.Execute; Argument = $Action.Argument; UserId = $Principal.UserId } }
function global:Start-ScheduledTask { [CmdletBinding()] param([Parameter(Mandatory)][string] $TaskName) Invoke-Sim Start-ScheduledTask @{ TaskName = $TaskName } }
function global:Get-ScheduledTaskInfo { [CmdletBinding()] param([Parameter(Mandatory)][string] $TaskName) Invoke-Sim Get-ScheduledTaskInfo @{ TaskName = $TaskName } }
function global:Unregister-ScheduledTask { [CmdletBinding(SupportsShouldProcess)] param([Parameter(Mandatory)][string] $TaskName) Invoke-Sim Unregister-ScheduledTask @{ TaskName = $TaskName } }
function global:Restart-Service { [CmdletBinding(SupportsShouldProcess)] param([Parameter(Mandatory)][string] $Name, [switch] $Force) Invoke-Sim Restart-Service @{ Name = $Name } }

# The one line that asks Windows for an account's SID; an alias comes before a function of the script.
function global:Get-SimAccountSid { param([string] $Account) Invoke-Sim AccountSid @{ Account = $Account } }
Set-Alias -Name Get-AccountSid -Value Get-SimAccountSid -Scope Global

# ---- Files in use ----

# Why Windows would not delete or replace a file, or nothing. The image of a process can be neither deleted nor replaced (access
# denied: MmFlushImageSection, github.com/MicrosoftDocs/windows-driver-docs); a file that is open without FILE_SHARE_DELETE is a sharing violation
# (CreateFileW, learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew), and so is a folder that is a current directory
# (SetCurrentDirectory, learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setcurrentdirectory).
function global:Get-SimObstacle {
    param([string] $Path)
    $State = ConvertFrom-Json -InputObject ([IO.File]::ReadAllText((Join-Path $env:SIM_HOME 'state.json')))
    $Services = @(if ($State.PSObject.Properties["services"]) { $State.services.PSObject.Properties | ForEach-Object { $_.Value } })
    $Endings = @($Services | Where-Object { $_.PSObject.Properties['ending'] } | ForEach-Object { $_.ending })
    foreach ($Process in $Services + $Endings) {
        if (-not $Process.PSObject.Properties['image'] -or -not $Process.PSObject.Properties['pid']) { continue }
        if ($Process.image -ne $Path -and -not $Process.image.StartsWith("$Path\", 'OrdinalIgnoreCase')) { continue }
        if (Test-SimAlive $Process.pid) { return [UnauthorizedAccessException]::new("Access to the path '$Path' is denied.") }
    }
    if ($State.PSObject.Properties['held'] -and @($State.held).Count -gt 0 -and (Invoke-Sim InUse @{ Path = $Path })) {
        return [IO.IOException]::new("The process cannot access the file '$Path' because it is being used by another process.")
    }
}
function global:Test-SimAlive {
    param([int] $Id)
    $File = "/proc/$Id/stat"
    try { return [IO.File]::Exists($File) -and [IO.File]::ReadAllText($File) -notmatch '\) Z ' } catch { return $false }
}
function global:Wait-Process {
    [CmdletBinding()]
    param([Parameter(Mandatory)][int[]] $Id, [int] $Timeout = 600)
    $End = [DateTime]::UtcNow.AddSeconds($Timeout)
    foreach ($One in $Id) {
        if (-not (Test-SimAlive $One)) { Write-Error "Cannot find a process with the process identifier $One." -ErrorAction $ErrorActionPreference }
        while (Test-SimAlive $One) {
            if ([DateTime]::UtcNow -gt $End) { Write-Error "This command stopped operation of process $One because it is not stopped within the specified time-out." -ErrorAction $ErrorActionPreference; break }
            [Threading.Thread]::Sleep(10)
        }
    }
}
$global:SimCmdlets = @{}
foreach ($SimName in 'Remove-Item', 'Copy-Item', 'Move-Item') { $global:SimCmdlets[$SimName] = $ExecutionContext.InvokeCommand.GetCmdlet($SimName) }
function global:Remove-Item {
    [CmdletBinding()]
    param([Parameter(Position = 0)][string[]] $Path, [string[]] $LiteralPath, [switch] $Recurse, [switch] $Force)
    foreach ($One in @($LiteralPath | Where-Object { $_ -match '^[A-Za-z]:\\' })) {
        $Obstacle = Get-SimObstacle $One
        if (-not $Obstacle) { continue }
        # What comes before the file in use is gone already.
        if ($Recurse -and (Test-Path -LiteralPath $One -PathType Container)) {
            foreach ($Child in @(& $global:SimGetChildItem -LiteralPath $One -Force)) {
                $Name = "$One\$($Child.Name)"
                if (-not (Get-SimObstacle $Name)) { & $global:SimCmdlets['Remove-Item'] -LiteralPath $Name -Recurse -Force }
            }
        }
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($Obstacle, 'RemoveFileSystemItemIOError', 'WriteError', $One))
        return
    }
    & $global:SimCmdlets['Remove-Item'] @PSBoundParameters
}
function global:Copy-Item {
    [CmdletBinding()]
    param([Parameter(Position = 0)][string[]] $Path, [string[]] $LiteralPath, [Parameter(Position = 1)][string] $Destination, [switch] $Recurse, [switch] $Force)
    if ($Destination -match '^[A-Za-z]:\\' -and (Test-Path -LiteralPath $Destination -PathType Leaf)) {
        $Obstacle = Get-SimObstacle $Destination
        if ($Obstacle) { $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($Obstacle, 'CopyFileInfoItemIOError', 'WriteError', $Destination)); return }
    }
    & $global:SimCmdlets['Copy-Item'] @PSBoundParameters
}

# The places where a run is cut off: SIM_CRASH_AT=N after the journal was written for the N-th time, SIM_CRASH_IN=N in the middle of it.
function global:Complete-SimJournal {
    param([string] $Path, [switch] $Middle)
    if (-not $Path.EndsWith('journal.json')) { return }
    if ($Middle) {
        if ("$env:SIM_CRASH_IN" -eq "$($global:SimJournalWrites + 1)") { & /bin/kill -9 $PID }
        return
    }
    $global:SimJournalWrites++
    [IO.File]::WriteAllText((Join-Path $env:SIM_HOME 'journal-writes'), "$global:SimJournalWrites")
    if ("$env:SIM_CRASH_AT" -eq "$global:SimJournalWrites") { & /bin/kill -9 $PID }
}

# Move-Item -Force over a file deletes it and moves then: FileSystemProvider.MoveFileInfoItem, the same in 5.1 and 7
# (github.com/PowerShell/PowerShell, src/System.Management.Automation/namespaces/FileSystemProvider.cs).
function global:Move-Item {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string] $LiteralPath, [Parameter(Mandatory)][string] $Destination, [switch] $Force)
    if ($Force -and (Test-Path -LiteralPath $Destination -PathType Leaf)) {
        $Obstacle = Get-SimObstacle $Destination
        if ($Obstacle) { $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($Obstacle, 'MoveFileInfoItemIOError', 'WriteError', $Destination)); return }
        & $global:SimCmdlets['Remove-Item'] -LiteralPath $Destination -Force
        Complete-SimJournal $Destination -Middle
    }
    & $global:SimCmdlets['Move-Item'] @PSBoundParameters
    Complete-SimJournal $Destination
}

# ReplaceFile with a backup name, and a rename where there is no file yet (learn.microsoft.com/windows/win32/api/winbase/nf-winbase-replacefilew):
# the replaced file has the backup's name until the new one is in its place (1177).
function global:Move-SimFileOver {
    param([string] $From, [string] $To)
    $Folder = Convert-Path -LiteralPath (Split-Path -Parent $To)
    $Target = [IO.Path]::Combine($Folder, (Split-Path -Leaf $To))
    $Source = Convert-Path -LiteralPath $From
    if ([IO.File]::Exists($Target)) {
        $Obstacle = Get-SimObstacle $To
        if ($Obstacle) { throw $Obstacle }
        if ([IO.File]::Exists("$Target.old")) { [IO.File]::Delete("$Target.old") }
        [IO.File]::Move($Target, "$Target.old")
        Complete-SimJournal $To -Middle
    }
    [IO.File]::Move($Source, $Target)
    Complete-SimJournal $To
}
Set-Alias -Name Move-FileOver -Value Move-SimFileOver -Scope Global
